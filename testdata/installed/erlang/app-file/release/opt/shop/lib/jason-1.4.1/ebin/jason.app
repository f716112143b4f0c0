%% -*- erlang -*-
{application, jason,
 [{description, "A fast JSON parser\nand generator"},
  {vsn, "1.4.1"},
  {licenses, ["Apache-2.0"]},
  {links, [{"GitHub", "https://github.com/example/jason"}]},
  {applications, [kernel, stdlib]}
 ]}.
