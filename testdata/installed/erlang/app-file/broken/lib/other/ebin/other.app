{appup, []}.
