{application, jason, [{vsn, "1.4.1"}]}.
