{application, cut, [{vsn, "1.0"}, {applications, [kernel
