{application, stdlib, [{vsn, "5.2"}, {applications, [kernel]}]}.
