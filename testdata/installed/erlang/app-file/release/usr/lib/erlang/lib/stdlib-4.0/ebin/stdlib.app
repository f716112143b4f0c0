{application, stdlib, [{vsn, "4.0"}, {applications, [kernel]}]}.
