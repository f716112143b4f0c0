{application, unversioned, [{vsn, git}]}.
