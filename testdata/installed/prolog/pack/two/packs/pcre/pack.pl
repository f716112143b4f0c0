% A pack.
name(pcre).
version('0.1.0').
title('Perl compatible regular expressions').
author('Jan Doe', 'jan@example.org').
license('BSD-2-Clause').
home('https://example.org/pcre').
download('https://example.org/pcre/pcre-*.tgz').
requires(regex >= '0.3').
requires(prolog >= '9.0').
requires(prolog:threads).
