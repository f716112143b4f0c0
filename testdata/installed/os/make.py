#!/usr/bin/env python3
"""Writes the fixtures of package databases anew. All content is made up here; the shapes are those of real files."""
import io, json, os, plistlib, sqlite3, struct, subprocess, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SHA = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'
MD5 = 'd41d8cd98f00b204e9800998ecf8427e'


def write(path, content):
    path = os.path.join(HERE, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as file:
        file.write(content if isinstance(content, bytes) else content.encode())


def release(case, ident, version=''):
    write(f'{case}/etc/os-release', f'ID={ident}\n' + (f'VERSION_ID="{version}"\n' if version else ''))


def sqlite(path, statements):
    path = os.path.join(HERE, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.exists(path):
        os.remove(path)
    base = sqlite3.connect(path)
    base.execute('PRAGMA page_size = 1024')
    for statement in statements:
        base.execute(*statement) if isinstance(statement, tuple) else base.execute(statement)
    base.commit()
    base.execute('VACUUM')
    base.close()
    with open(path, 'rb') as file:
        return file.read()


def alpm():
    def package(case, name, version, fields, files=None):
        directory = f'alpm/{case}/var/lib/pacman/local/{name}-{version}'
        fields = {'NAME': name, 'VERSION': version, 'BASE': name, **fields}
        write(f'{directory}/desc', ''.join(f'%{key}%\n{value}\n\n' for key, value in fields.items()))
        if files:
            write(f'{directory}/files', '%FILES%\n' + '\n'.join(files) + f'\n\n%BACKUP%\netc/curlrc\t{MD5}\n\n')
    release('alpm/arch', 'arch')
    package('arch', 'curl', '8.5.0-1', {'DESC': 'command line tool for URLs', 'URL': 'https://curl.se', 'ARCH': 'x86_64',
            'PACKAGER': 'A Person <a@example.org>', 'LICENSE': 'MIT', 'DEPENDS': 'glibc>=2.38\nlibz.so=1-64\nsh',
            'OPTDEPENDS': 'ca-certificates: to verify peers\nnothing: not installed', 'PROVIDES': 'libcurl.so=4-64'},
            ['etc/', 'etc/curlrc', 'usr/', 'usr/bin/', 'usr/bin/curl'])
    package('arch', 'zlib', '1:1.3-2', {'ARCH': 'x86_64', 'LICENSE': 'Zlib', 'REASON': '1', 'PROVIDES': 'libz.so=1-64'})
    package('arch', 'glibc', '2.38-7', {'ARCH': 'x86_64', 'LICENSE': 'GPL-2.0-or-later\nLGPL-2.1-or-later', 'REASON': '1'})
    package('arch', 'bash', '5.2.021-1', {'ARCH': 'x86_64', 'LICENSE': 'GPL-3.0-or-later', 'PROVIDES': 'sh', 'DEPENDS': 'glibc'})
    package('arch', 'ca-certificates', '20220905-1', {'ARCH': 'any', 'LICENSE': 'GPL-2.0-or-later', 'REASON': '1'})
    package('arch', 'gcc-libs', '13.2.1-3', {'BASE': 'gcc', 'ARCH': 'x86_64', 'REASON': '1', 'DEPENDS': 'glibc>=2.27'})
    write('alpm/broken/var/lib/pacman/local/torn-1-1/desc', '%NAME%\ntorn\n\n%VERSI')
    write('alpm/broken/var/lib/pacman/local/whole-1-1/desc', '%NAME%\nwhole\n\n%VERSION%\n1-1\n\n%NEWER%\nsection\n\n%DEPENDS%\ntorn\n')


def opkg():
    place = 'opkg/openwrt/usr/lib/opkg'
    release('opkg/openwrt', 'openwrt', '23.05.2')
    write(f'{place}/status', '''Package: libc
Version: 1.2.4-4
Status: install hold installed
Architecture: mips_24kc
Installed-Time: 1700000000

Package: uhttpd
Version: 2023-06-25-34a8a74d-3
Depends: libc, libubox20230523, ssl
Status: install user installed
Architecture: mips_24kc
Conffiles:
 /etc/config/uhttpd 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
Installed-Time: 1700000000

Package: libubox20230523
Version: 2023-05-23-75a3b870-1
Depends: libc
Provides: libubox
Status: install ok installed
Architecture: mips_24kc
Auto-Installed: yes

Package: libmbedtls12
Version: 2.28.5-1
Depends: libc
Provides: ssl
Status: install ok installed
Architecture: mips_24kc

Package: gone
Version: 1
Status: deinstall ok not-installed
Architecture: mips_24kc
''')
    write(f'{place}/info/uhttpd.control', '''Package: uhttpd
Version: 2023-06-25-34a8a74d-3
Depends: libc, libubox20230523, ssl
Source: package/network/services/uhttpd
SourceName: uhttpd
License: ISC
LicenseFiles: COPYING
Section: net
Architecture: mips_24kc
Installed-Size: 24000
Description:  uHTTPd is a tiny single threaded HTTP server
''')
    write(f'{place}/info/uhttpd.list', '/usr/sbin/uhttpd\n/etc/config/uhttpd\n/etc/init.d/uhttpd\n')
    place = 'opkg/no-status/usr/lib/opkg/info'
    write(f'{place}/a.control', 'Package: a\nVersion: 1.0-1\nDepends: b (>= 2)\nLicense: GPL-2.0-only\nArchitecture: all\n')
    write(f'{place}/b.control', 'Package: b\nVersion: 2.0-1\nArchitecture: all\n')
    write('opkg/broken/var/lib/opkg/status', b'Package: whole\nVersion: 1\nStatus: install ok installed\n\nPackage: torn\nSta\xff\n')


def portage():
    def package(category, name, **files):
        for key, value in files.items():
            write(f'portage/gentoo/var/db/pkg/{category}/{name}/{key}', value)
    package('net-misc', 'curl-8.5.0-r2', CONTENTS=f'dir /usr\ndir /usr/bin\nobj /usr/bin/curl {MD5} 1700000000\n'
            f'sym /usr/lib64/libcurl.so -> libcurl.so.4.8.0 1700000000\nobj /usr/share/doc/a file.txt {MD5} 1700000000\n',
            LICENSE='BSD curl ISC test? ( BSD-4 )\n', SLOT='0\n', repository='gentoo\n', HOMEPAGE='https://curl.se/\n',
            DESCRIPTION='A Client that groks URLs\n',
            RDEPEND='>=sys-libs/zlib-1.2.11:0=[abi_x86_64(-)?] || ( dev-libs/openssl:= net-libs/gnutls ) !net-misc/old app-misc/none\n',
            DEPEND='sys-libs/zlib\n', BDEPEND='dev-build/make virtual/pkgconfig\n')
    package('sys-libs', 'zlib-1.3-r1', CONTENTS=f'obj /lib64/libz.so.1.3 {MD5} 1700000000\n', LICENSE='ZLIB\n', SLOT='0/1\n')
    package('dev-libs', 'openssl-3.1.4', CONTENTS='', LICENSE='Apache-2.0\n', SLOT='0/3\n', repository='gentoo\n')
    package('dev-build', 'make-4.4.1', CONTENTS='', LICENSE='GPL-3+\n')
    package('acct-group', 'audio-0-r1', CONTENTS='')
    write('portage/broken/var/db/pkg/sys-apps/noversion/CONTENTS', '')
    write('portage/broken/var/db/pkg/sys-apps/-MERGING-half-1/CONTENTS', '')
    write('portage/broken/var/db/pkg/sys-apps/ok-1.0/CONTENTS', b'obj\nsym broken\nobj /a\xff ' + MD5.encode() + b' 1\n')
    write('portage/broken/var/db/pkg/sys-apps/ok-1.0/RDEPEND', '|| ( ( ( >= a/b- ~ = !x/y-1\n')


def xbps():
    packages = {
        '_XBPS_ALTERNATIVES_': {'sh': ['dash']},
        'curl': {'pkgver': 'curl-8.5.0_1', 'architecture': 'x86_64', 'state': 'installed', 'short_desc': 'Client that groks URLs',
                 'homepage': 'https://curl.se', 'license': 'MIT', 'maintainer': 'A Person <a@example.org>',
                 'run_depends': ['libcurl-8.5.0_1', 'glibc>=2.36_1', 'ca-certificates>=0'], 'automatic-install': False,
                 'repository': 'https://repo-default.voidlinux.org/current', 'source-revisions': 'curl:1a2b3c4d5e'},
        'libcurl': {'pkgver': 'libcurl-8.5.0_1', 'architecture': 'x86_64', 'state': 'installed', 'license': 'MIT',
                    'run_depends': ['glibc>=2.36_1'], 'automatic-install': True, 'source-revisions': 'curl:1a2b3c4d5e'},
        'glibc': {'pkgver': 'glibc-2.36_4', 'architecture': 'x86_64', 'state': 'installed', 'automatic-install': True,
                  'license': 'GPL-2.0-or-later, LGPL-2.1-or-later'},
        'mozilla-certs': {'pkgver': 'mozilla-certs-20230311_1', 'architecture': 'noarch', 'state': 'unpacked',
                          'automatic-install': True, 'provides': ['ca-certificates-20230311_1']},
        'gone': {'pkgver': 'gone-1_1', 'state': 'half-removed'},
    }
    release('xbps/void', 'void')
    write('xbps/void/var/db/xbps/pkgdb-0.38.plist', plistlib.dumps(packages, sort_keys=False))
    write('xbps/void/var/db/xbps/.curl-files.plist', plistlib.dumps({'files': [{'file': '/usr/bin/curl', 'sha256': SHA, 'size': 1}],
          'dirs': [{'file': '/usr/bin'}], 'links': [{'file': '/usr/bin/curl-link', 'target': 'curl'}]}))
    whole = plistlib.dumps({'a': {'pkgver': 'a-1_1', 'state': 'installed'}, 'b': {'state': 'installed'}, 'c': {'pkgver': 'c-1_1'}})
    write('xbps/broken/var/db/xbps/pkgdb-0.38.plist', whole[:whole.index(b'<key>c</key>') + 20])


def eopkg():
    def metadata(name, version, release, needs, extra=''):
        return f'''<?xml version="1.0" ?>
<PISI>
    <Source>
        <Name>nano</Name>
        <Homepage>https://nano-editor.org/</Homepage>
        <Packager><Name>A Person</Name><Email>a@example.org</Email></Packager>
    </Source>
    <Package>
        <Name>{name}</Name>
        <Summary xml:lang="en">Small text editor</Summary>
        <License>GPL-3.0-or-later</License>
        <RuntimeDependencies>{''.join(f'<Dependency releaseFrom="1">{need}</Dependency>' for need in needs)}</RuntimeDependencies>
        <History>
            <Update release="{release}"><Date>2023-11-01</Date><Version>{version}</Version></Update>
            <Update release="1"><Date>2020-01-01</Date><Version>0.1</Version></Update>
        </History>
        <Architecture>x86_64</Architecture>{extra}
    </Package>
</PISI>
'''
    place = 'eopkg/solus/var/lib/eopkg/package'
    release('eopkg/solus', 'solus', '4.5')
    write(f'{place}/nano-7.2-162/metadata.xml', metadata('nano', '7.2', 162, ['ncurses', 'glibc', 'absent']))
    write(f'{place}/nano-7.2-162/files.xml', f'<Files><File><Path>usr/bin/nano</Path><Type>executable</Type><Hash>{SHA[:40]}</Hash></File></Files>')
    write(f'{place}/ncurses-6.4-23/metadata.xml', metadata('ncurses', '6.4', 23, []))
    write(f'{place}/glibc-2.38-90/metadata.xml', metadata('glibc', '2.38', 90, []))
    place = 'eopkg/broken/var/lib/eopkg/package'
    write(f'{place}/torn-1-1/metadata.xml', metadata('torn', '1', 1, [])[:300])
    write(f'{place}/late-1-1/metadata.xml', metadata('late', '1', 1, [])[:-20])
    write(f'{place}/entity-1-1/metadata.xml', '<!DOCTYPE a [<!ENTITY b "c">]><PISI><Package/></PISI>')


def slackware():
    release('slackware/current', 'slackware', '15.0')
    write('slackware/current/var/lib/pkgtools/packages/aaa_base-15.0-x86_64-4', '''PACKAGE NAME:     aaa_base-15.0-x86_64-4
COMPRESSED PACKAGE SIZE:     12K
UNCOMPRESSED PACKAGE SIZE:     100K
PACKAGE LOCATION: /var/log/mount/slackware64/a/aaa_base-15.0-x86_64-4.txz
PACKAGE DESCRIPTION:
aaa_base: aaa_base (Basic Linux filesystem package)
aaa_base:
aaa_base: Sets up the empty directory tree.
FILE LIST:
./
bin/
bin/tool
etc/motd
''')
    write('slackware/current/var/lib/pkgtools/packages/xorg-server-xephyr-21.1.4-x86_64-2', 'PACKAGE NAME:     xorg-server-xephyr-21.1.4-x86_64-2\nPACKAGE DESCRIPTION:\nFILE LIST:\nusr/bin/Xephyr\n')
    write('slackware/old/var/log/packages/bash-5.0.011-i586-1', 'PACKAGE NAME:     bash-5.0.011-i586-1\r\nPACKAGE DESCRIPTION:\r\nFILE LIST:\r\nbin/bash\r\n')
    write('slackware/broken/var/log/packages/short', 'PACKAGE NAME: short-1\n')
    write('slackware/broken/var/log/packages/README', 'Nothing to see\n')


def bsd():
    place = 'bsd-packages/openbsd/var/db/pkg'
    write(f'{place}/curl-8.4.0/+CONTENTS', '''@name curl-8.4.0
@url https://cdn.openbsd.org/pub/OpenBSD/7.4/packages/amd64/curl-8.4.0.tgz
@option manual-installation
@comment pkgpath=net/curl ftp=yes
@arch amd64
+DESC
@sha n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=
@size 300
@depend net/nghttp2:nghttp2-*:nghttp2-1.57.0
@depend converters/libiconv,-main:libiconv-*:libiconv-1.17
@wantlib c.97.1
@cwd /usr/local
@bin bin/curl
@sha n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=
@size 200000
include/curl/
include/curl/curl.h
@lib lib/libcurl.so.27.6
@man man/man1/curl.1
''')
    write(f'{place}/curl-8.4.0/+DESC', 'curl is a client to get files.\n')
    write(f'{place}/nghttp2-1.57.0/+CONTENTS', '@name nghttp2-1.57.0\n@comment pkgpath=www/nghttp2 ftp=yes\n@arch amd64\n@cwd /usr/local\n@lib lib/libnghttp2.so.1.0\n')
    write(f'{place}/vim-9.0.1897-no_x11/+CONTENTS', '@name vim-9.0.1897-no_x11\n@arch amd64\n@option manual-installation\n@cwd /usr/local\n@bin bin/vim\n')
    place = 'bsd-packages/pkgsrc/usr/pkg/pkgdb'
    write(f'{place}/wget-1.21.4nb1/+CONTENTS', f'''@comment $NetBSD$
@name wget-1.21.4nb1
@comment Packaged at 2023-11-01
@pkgdep libidn2>=2.0.0
@pkgdep gettext-lib-[0-9]*
@blddep libidn2-2.3.4nb1
@cwd /usr/pkg
bin/wget
@comment MD5:{MD5}
man/man1/wget.1
''')
    write(f'{place}/wget-1.21.4nb1/+BUILD_INFO', 'ABI=\nLICENSE=gnu-gpl-v3\nHOMEPAGE=https://www.gnu.org/software/wget/\nMACHINE_ARCH=x86_64\nPKGPATH=net/wget\n')
    write(f'{place}/wget-1.21.4nb1/+COMMENT', 'Retrieve files from the Web\n')
    write(f'{place}/libidn2-2.3.4nb1/+CONTENTS', f'@name libidn2-2.3.4nb1\n@cwd /usr/pkg\nlib/libidn2.so\n@comment MD5:{MD5}\n')
    write('bsd-packages/broken/var/db/pkg/torn/+CONTENTS', b'@comment \xff\n@cwd\n@name \n@depend ::\nbin/x\n')


def freebsd():
    tables = [
        'CREATE TABLE packages (id INTEGER PRIMARY KEY,origin TEXT NOT NULL,name TEXT NOT NULL,version TEXT NOT NULL,comment TEXT NOT NULL,'
        'desc TEXT NOT NULL,mtree_id INTEGER,message TEXT,arch TEXT NOT NULL,maintainer TEXT NOT NULL,www TEXT,prefix TEXT NOT NULL,'
        'flatsize INTEGER NOT NULL,automatic INTEGER NOT NULL,locked INTEGER NOT NULL DEFAULT 0,licenselogic INTEGER NOT NULL,'
        'time INTEGER, manifestdigest TEXT NULL, pkg_format_version INTEGER, dep_formula TEXT NULL, vital INTEGER NOT NULL DEFAULT 0)',
        'CREATE TABLE deps (origin TEXT NOT NULL,name TEXT NOT NULL,version TEXT,package_id INTEGER REFERENCES packages(id) ON DELETE CASCADE ON UPDATE CASCADE,UNIQUE(package_id, name))',
        'CREATE TABLE files (path TEXT PRIMARY KEY,sha256 TEXT,package_id INTEGER REFERENCES packages(id))',
        'CREATE TABLE licenses (id INTEGER PRIMARY KEY, license TEXT NOT NULL UNIQUE)',
        'CREATE TABLE pkg_licenses (package_id INTEGER, license_id INTEGER, PRIMARY KEY (package_id, license_id))',
    ]
    def package(number, name, version, origin, automatic, logic, comment='A thing', arch='FreeBSD:14:amd64'):
        return ('INSERT INTO packages VALUES (?,?,?,?,?,?,NULL,NULL,?,?,?,?,?,?,0,?,1700000000,?,1,NULL,0)',
                (number, origin, name, version, comment, 'Long text. ' * 150, arch, 'ports@FreeBSD.org',
                 'https://example.org/' + name, '/usr/local', 1000, automatic, logic, '2$2$' + SHA[:40]))
    rows = [package(1, 'curl', '8.5.0', 'ftp/curl', 0, 1), package(2, 'libnghttp2', '1.58.0', 'www/libnghttp2', 1, 1),
            package(7, 'py39-foo', '2.0,1', 'devel/py-foo', 1, ord('|'), arch='FreeBSD:14:*'),
            package(8, 'both', '1.0_2', 'misc/both', 1, ord('&'))]
    rows += [('INSERT INTO deps VALUES (?,?,?,?)', row) for row in
             [('www/libnghttp2', 'libnghttp2', '1.57.0', 1), ('misc/none', 'none', '1', 1), ('ftp/curl', 'curl', '8.5.0', 7)]]
    rows += [('INSERT INTO licenses VALUES (?,?)', row) for row in [(1, 'MIT'), (2, 'BSD3CLAUSE'), (3, 'GPLv2+')]]
    rows += [('INSERT INTO pkg_licenses VALUES (?,?)', row) for row in [(1, 1), (7, 2), (7, 3), (8, 1), (8, 3)]]
    rows += [('INSERT INTO files VALUES (?,?,?)', (f'/usr/local/{name}', '1$' + SHA, number)) for name, number in
             [('bin/curl', 1), ('lib/libcurl.so', 1), ('lib/libnghttp2.so', 2)]]
    whole = sqlite('freebsd/pkg/var/db/pkg/local.sqlite', tables + rows)
    write('freebsd/broken/var/db/pkg/local.sqlite', whole[:5 * 1024] + b'\xff' * 1024 + whole[6 * 1024:-1000])
    write('freebsd/log/var/db/pkg/local.sqlite-wal', b'\x37\x7f\x06\x82' + b'\0' * 100)


def nix():
    digest = '5av396z8xa13jg89g9jws145c0k26k2x'
    paths = [(1, 'glibc-2.38-44'), (2, 'openssl-3.0.12'), (3, 'curl-8.4.0-bin'), (4, 'curl-wrapper'), (5, 'hook.sh'), (6, 'python3-3.11.6')]
    name = lambda number, base: f'/nix/store/{number}{digest[1:]}-{base}'
    statements = [
        'create table ValidPaths (id integer primary key autoincrement not null, path text unique not null, hash text not null, '
        'registrationTime integer not null, deriver text, narSize integer, ultimate integer, sigs text, ca text)',
        'create table Refs (referrer integer not null, reference integer not null, primary key (referrer, reference), '
        'foreign key (referrer) references ValidPaths(id) on delete cascade)',
    ]
    statements += [('insert into ValidPaths values (?,?,?,0,?,1,1,NULL,NULL)', (number, name(number, base), 'sha256:' + SHA,
                   name(number, base + '.drv') if number < 3 else None)) for number, base in paths]
    statements += [('insert into Refs values (?,?)', edge) for edge in [(1, 1), (2, 1), (3, 2), (3, 1), (4, 3), (6, 4), (6, 1)]]
    whole = sqlite('nix/database/nix/var/nix/db/db.sqlite', statements)
    write('nix/broken/nix/var/nix/db/db.sqlite', whole[:1500])
    statements = [statements[0], statements[1], ('insert into ValidPaths values (1,?,?,0,NULL,1,1,NULL,NULL)', (f'/gnu/store/{digest}-guile-3.0.9', 'sha256:' + SHA))]
    sqlite('nix/guix/var/guix/db/db.sqlite', statements)
    write(f'nix/paths/nix/store/{digest}-zlib-1.3.drv', 'Derive([("out","/nix/store/x-zlib-1.3","","")],[],[],"x86_64-linux","",[],[])')
    write(f'nix/paths/nix/store/1{digest[1:]}-zlib-1.3-dev/share/pkgconfig/zlib.pc', 'Name: zlib\n')
    write(f'nix/paths/nix/store/2{digest[1:]}-hello-2.12.1/bin/hello', '#!/bin/sh\n')
    write(f'nix/paths/nix/store/3{digest[1:]}-alone-0.9.drv', 'Derive()')
    write(f'nix/paths/nix/store/4{digest[1:]}-source-1.0.tar.gz.drv', 'Derive()')
    write('nix/paths/nix/store/not-a-digest-1.0/bin/x', '')


def macports():
    statements = [
        'CREATE TABLE ports (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, portfile TEXT, location TEXT, epoch INTEGER, version TEXT COLLATE VERSION, '
        'revision INTEGER, variants TEXT, negated_variants TEXT, state TEXT, date DATETIME, installtype TEXT, archs TEXT, requested INTEGER, '
        'os_platform TEXT, os_major INTEGER, UNIQUE (name, epoch, version, revision, variants))',
        'CREATE TABLE files (id INTEGER, path TEXT, actual_path TEXT, active INT, mtime DATETIME, md5sum TEXT, editable INT, FOREIGN KEY(id) REFERENCES ports(id))',
        'CREATE TABLE dependencies (id INTEGER, name TEXT, variants TEXT, FOREIGN KEY(id) REFERENCES ports(id))',
    ]
    rows = [(1, 'curl', 0, '8.5.0', 1, '+ssl', 'installed', 1), (2, 'zlib', 0, '1.3', 0, '', 'installed', 0),
            (3, 'zlib', 0, '1.2.13', 0, '', 'imaged', 0), (4, 'OpenSSL3', 1, '3.2.0', 0, '', 'installed', 0)]
    # The collation VERSION is one that only MacPorts defines; the tables are written without it.
    statements[0] = statements[0].replace(' COLLATE VERSION', '')
    statements += [('INSERT INTO ports VALUES (?,?,NULL,NULL,?,?,?,?,NULL,?,0,?,?,?,?,?)', (number, name, epoch, version, revision, variants, state,
                   'image', 'arm64', requested, 'darwin', 23)) for number, name, epoch, version, revision, variants, state, requested in rows]
    statements += [('INSERT INTO dependencies VALUES (?,?,?)', row) for row in [(1, 'zlib', ''), (1, 'openssl3', ''), (1, 'absent', '')]]
    statements += [('INSERT INTO files VALUES (?,?,?,?,0,?,1)', (1, '/opt/local/bin/curl', '/opt/local/bin/curl', 1, MD5))]
    whole = sqlite('macports/registry/opt/local/var/macports/registry/registry.db', statements)
    write('macports/broken/opt/local/var/macports/registry/registry.db', whole[:100] + b'\0' * 3000)


def winget():
    statements = ['CREATE TABLE [ids]([id] TEXT NOT NULL)', 'CREATE TABLE [names]([name] TEXT NOT NULL)', 'CREATE TABLE [versions]([version] TEXT NOT NULL)',
                  'CREATE TABLE [monikers]([moniker] TEXT NOT NULL)',
                  'CREATE TABLE [manifest](rowid INTEGER PRIMARY KEY, [id] INT64 NOT NULL, [name] INT64 NOT NULL, [moniker] INT64 NOT NULL, [version] INT64 NOT NULL, [channel] INT64 NOT NULL)']
    for table, column, words in [('ids', 'id', ['Git.Git', 'Mozilla.Firefox']), ('names', 'name', ['Git', 'Mozilla Firefox']),
                                 ('versions', 'version', ['2.43.0', '121.0']), ('monikers', 'moniker', ['git', 'firefox'])]:
        statements += [(f'INSERT INTO {table}({column}) VALUES (?)', (word,)) for word in words]
    statements += [('INSERT INTO manifest VALUES (?,?,?,?,?,1)', row) for row in [(1, 1, 1, 1, 1), (2, 2, 2, 2, 2), (3, 9, 9, 9, 9)]]
    place = 'Users/a/AppData/Local/Packages/Microsoft.DesktopAppInstaller_8wekyb3d8bbwe/LocalState/Microsoft.Winget.Source_8wekyb3d8bbwe/installed.db'
    sqlite(f'winget/tracking/{place}', [statement if isinstance(statement, tuple) else statement for statement in statements])
    write(f'winget/broken/{place}', 'no database')


def small():
    release('bottlerocket/image', 'bottlerocket', '1.19.2')
    place = 'usr/share/bottlerocket/application-inventory.json'
    entry = lambda **more: {'Name': 'glibc', 'Publisher': 'Bottlerocket', 'Version': '2.38', 'Release': '1.abc.br1', 'InstalledTime': '2024-01-01T00:00:00Z',
                            'ApplicationType': 'Unspecified', 'Architecture': 'x86_64', 'Url': 'http://www.gnu.org/software/glibc/', 'Summary': 'The GNU libc', **more}
    write(f'bottlerocket/image/{place}', json.dumps({'Content': [entry(Epoch='1'), entry(Name='acpid', Epoch='0', Url='', Summary='ACPI daemon'), entry(Name='old')]}, indent=1))
    write(f'bottlerocket/broken/{place}', json.dumps({'Content': [{'Name': 'nameless'}, 7, entry(Name='whole'), entry(Name='torn')]}, indent=1)[:-130])
    release('cos/image', 'cos', '109')
    write('cos/image/etc/cos-package-info.json', json.dumps({
        'installedPackages': [{'category': 'app-admin', 'name': 'sudo', 'version': '1.9.12_p2', 'ebuild_version': '1.9.12_p2-r1'},
                              {'category': 'sys-libs', 'name': 'zlib', 'version': '1.2.13'}],
        'buildTimePackages': [{'category': 'dev-lang', 'name': 'go', 'version': '1.21.5', 'ebuild_version': '1.21.5'}]}, indent=2))
    write('cos/broken/etc/cos-package-info.json', '{"installedPackages": [{"name": "whole", "version": "1"}, {"name": 3}, {"name": "torn", "ver')
    write('snap/app/meta/snap.yaml', 'name: hello\nversion: "2.10"\nsummary: GNU Hello\ndescription: |\n  Says hello.\narchitectures:\n- amd64\nbase: core22\ngrade: stable\nlicense: GPL-3.0\nlinks:\n  website:\n  - https://www.gnu.org/software/hello/\n')
    write('snap/app/snap/manifest.yaml', 'snapcraft-version: 7.5.2\nname: hello\nversion: "2.10"\nsummary: GNU Hello\nbase: core22\narchitectures:\n- amd64\nparts:\n  gnu-hello:\n    plugin: autotools\nprimed-stage-packages:\n- libc6=2.35-0ubuntu3.4\n- libssl3:amd64=3.0.2-0ubuntu1.12\n')
    write('snap/base/usr/share/snappy/dpkg.yaml', 'package-repositories:\n- type: apt\npackages:\n- adduser=3.118ubuntu5\n- apparmor=3.0.4-2ubuntu2.3\n')
    write('snap/broken/snap/manifest.yaml', 'name: torn\nversion: 1\nprimed-stage-packages:\n- libc6\n- zlib1g=1:1.2.11\n- [\n')
    app = 'flatpak/installed/var/lib/flatpak/app/org.example.App/x86_64/stable/' + SHA
    write(f'{app}/metadata', '[Application]\nname=org.example.App\nruntime=org.gnome.Platform/x86_64/45\nsdk=org.gnome.Sdk/x86_64/45\ncommand=app\n\n[Context]\nshared=network;\n')
    write(f'{app}/export/share/metainfo/org.example.App.metainfo.xml', '<?xml version="1.0"?><component type="desktop"><id>org.example.App</id><name>App</name><summary>An app</summary><project_license>GPL-3.0-or-later</project_license><developer id="x"><name>A Person</name></developer><url type="bugtracker">https://example.org/b</url><url type="homepage">https://example.org</url><releases><release version="3.2.1" date="2024-01-01"/><release version="3.2.0"/></releases></component>')
    write(f'flatpak/installed/var/lib/flatpak/runtime/org.gnome.Platform/x86_64/45/{SHA}/metadata', '[Runtime]\nname=org.gnome.Platform\nruntime=org.gnome.Platform/x86_64/45\nsdk=org.gnome.Sdk/x86_64/45\n')
    torn = 'flatpak/broken/var/lib/flatpak/app/org.example.Torn/x86_64/stable/' + SHA
    write(f'{torn}/metadata', b'\xff\xfe[App')
    write(f'{torn}/export/share/metainfo/org.example.Torn.metainfo.xml', '<component><releases><release version="1"')
    plist = {'CFBundleName': 'Example', 'CFBundleIdentifier': 'org.example.Example', 'CFBundleShortVersionString': '4.5.6', 'CFBundleVersion': '4560', 'NSHumanReadableCopyright': 'Copyright 2024 A Person'}
    write('mac-app/bundles/Applications/Example.app/Contents/Info.plist', plistlib.dumps(plist))
    helper = {'CFBundleName': '$(PRODUCT_NAME)', 'CFBundleIdentifier': 'org.example.Example.helper', 'CFBundleVersion': '7', 'Names': ['é', 1, True]}
    write('mac-app/bundles/Applications/Example.app/Contents/Frameworks/Example Helper.app/Contents/Info.plist', plistlib.dumps(helper, fmt=plistlib.FMT_BINARY))
    write('mac-app/broken/A.app/Contents/Info.plist', plistlib.dumps(plist)[:-60])
    write('mac-app/broken/B.app/Contents/Info.plist', plistlib.dumps(helper, fmt=plistlib.FMT_BINARY)[:-5])
    write('mac-app/broken/C.app/Contents/Info.plist', plistlib.dumps({'CFBundleName': 'C'}))
    lines = [{'jsonwall': '1.0', 'schema': '1.0', 'count': 9}, {'kind': 'content', 'slice': 'libc6_libs', 'path': '/lib/x86_64-linux-gnu/libc.so.6'},
             {'kind': 'package', 'name': 'libc6', 'version': '2.39-0ubuntu8', 'sha256': SHA, 'arch': 'amd64'},
             {'kind': 'package', 'name': 'openssl', 'version': '3.0.13-0ubuntu3', 'sha256': SHA[::-1], 'arch': 'amd64'},
             {'kind': 'path', 'path': '/lib/x86_64-linux-gnu/libc.so.6', 'mode': '0755', 'slices': ['libc6_libs'], 'sha256': SHA, 'size': 7},
             {'kind': 'path', 'path': '/usr/bin/', 'mode': '0755', 'slices': ['openssl_bins']},
             {'kind': 'path', 'path': '/usr/bin/openssl', 'mode': '0755', 'slices': ['openssl_bins'], 'sha256': SHA, 'size': 7},
             {'kind': 'slice', 'name': 'libc6_libs'}, {'kind': 'slice', 'name': 'openssl_bins'}, {'kind': 'slice', 'name': 'openssl_config'}]
    wall = ''.join(json.dumps(line, separators=(',', ':')) + '\n' for line in lines).encode()
    zstd = lambda data: subprocess.run(['zstd', '-q', '-c'], input=data, stdout=subprocess.PIPE, check=True).stdout
    release('chisel/image', 'ubuntu', '24.04')
    write('chisel/image/var/lib/chisel/manifest.wall', zstd(wall))
    write('chisel/broken/var/lib/chisel/manifest.wall', zstd(b'{"kind":"package","name":"whole","version":"1"}\n{"kind":"package","name":"torn"}\n{"kind":'))
    node = lambda name, version, digest, **more: {'name': name, 'version': version, 'hash': digest, 'namespace': 'builtin', 'package_hash': 'x',
                                                 'arch': {'platform': 'linux', 'platform_os': 'ubuntu22.04', 'target': {'name': 'zen3'} if name == 'gcc' else 'x86_64_v3'}, **more}
    needs = lambda name, digest, *kinds: {'name': name, 'hash': digest, 'parameters': {'deptypes': list(kinds), 'virtuals': []}}
    write('spack/prefix/opt/spack/linux-ubuntu22.04-x86_64_v3/gcc-11.4.0/zlib-1.3-abc/.spack/spec.json', json.dumps({'spec': {'_meta': {'version': 4}, 'nodes': [
        node('curl', '8.4.0', 'aaa', dependencies=[needs('zlib', 'bbb', 'build', 'link'), needs('gmake', 'ccc', 'build'), needs('pytest', 'ddd', 'test')]),
        node('zlib', '1.3', 'bbb'), node('gmake', '4.3', 'ccc', external={'path': '/usr', 'module': None}), node('pytest', '7.4', 'ddd')]}}, indent=1))
    write('spack/broken/x/.spack/spec.json', json.dumps({'spec': {'nodes': [node('old', '1', 'a', dependencies=[{'name': 'b', 'hash': 'b', 'type': ['link']}]), {'name': 'nameless'}, node('b', '2', 'b')]}})[:-8])
    write('image-manifest/yocto/tmp/deploy/licenses/core-image/license.manifest', 'PACKAGE NAME: busybox\nPACKAGE VERSION: 1.36.1\nRECIPE NAME: busybox\nLICENSE: GPL-2.0-only & bzip2-1.0.4\n\nPACKAGE NAME: libssl3\nPACKAGE VERSION: 3.1.4\nRECIPE NAME: openssl\nLICENSE: Apache-2.0\n\n')
    write('image-manifest/buildroot/output/legal-info/manifest.csv', '"PACKAGE","VERSION","LICENSE","LICENSE FILES","SOURCE ARCHIVE","SOURCE SITE","DEPENDENCIES WITH LICENSES"\n'
          '"libcurl","8.5.0","curl","COPYING","curl-8.5.0.tar.xz","https://curl.se/download","skeleton-init-common [unknown] zlib [Zlib]"\n"zlib","1.3","Zlib","README","zlib-1.3.tar.xz","http://www.zlib.net/","skeleton-init-common [unknown]"\n'
          '"skeleton-init-common","unknown","unknown","unknown","not saved","no site",""\n')
    write('image-manifest/broken/legal-info/manifest.csv', 'NAME;VERSION\n')
    write('image-manifest/broken/a/license.manifest', 'PACKAGE NAME: torn\n\nPACKAGE NAME: whole\nPACKAGE VERSION: 1\n')
    nuspec = '''<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://schemas.microsoft.com/packaging/2015/06/nuspec.xsd">
  <metadata>
    <id>{0}</id>
    <version>2.43.0</version>
    <title>Git</title>
    <authors>The Git Development Community</authors>
    <owners>chocolatey-community</owners>
    <licenseUrl>https://www.gnu.org/licenses/old-licenses/gpl-2.0.en.html</licenseUrl>
    <projectUrl>https://gitforwindows.org/</projectUrl>
    <projectSourceUrl>https://github.com/git-for-windows/git</projectSourceUrl>
    <summary>Git for Windows</summary>
    <dependencies>{1}</dependencies>
  </metadata>
</package>
'''
    lib = 'ProgramData/chocolatey/lib'
    write(f'chocolatey/lib/{lib}/git/git.nuspec', nuspec.format('git', '<dependency id="Git.Install" version="[2.43.0]" /><dependency id="absent" />'))
    write(f'chocolatey/lib/{lib}/git.install/git.install.nuspec', nuspec.format('git.install', ''))
    write(f'chocolatey/broken/{lib}/torn/torn.nuspec', nuspec.format('torn', '')[:200])
    receipt = lambda tap, request, needs: json.dumps({'homebrew_version': '4.2.0', 'used_options': [], 'built_as_bottle': True, 'poured_from_bottle': True,
              'installed_on_request': request, 'runtime_dependencies': needs, 'source': {'tap': tap, 'spec': 'stable', 'versions': {'stable': '1'}}, 'arch': 'arm64'}, indent=1)
    need = lambda name, version, direct: {'full_name': name, 'version': version, 'revision': 0, 'pkg_version': version, 'declared_directly': direct}
    cellar = 'homebrew/prefix/opt/homebrew/Cellar'
    write(f'{cellar}/wget/1.21.4/INSTALL_RECEIPT.json', receipt('homebrew/core', True, [need('openssl@3', '3.2.0_1', True), need('ca-certificates', '2023-12-12', False), need('absent', '1', True)]))
    write(f'{cellar}/wget/1.21.4/.brew/wget.rb', '''class Wget < Formula
  desc "Internet file retriever"
  homepage "https://www.gnu.org/software/wget/"
  url "https://ftp.gnu.org/gnu/wget/wget-1.21.4.tar.gz"
  sha256 "''' + SHA + '''"
  license "GPL-3.0-or-later"

  bottle do
    sha256 arm64_sonoma: "''' + SHA[::-1] + '''"
  end

  depends_on "openssl@3"
end
''')
    write(f'{cellar}/openssl@3/3.2.0_1/INSTALL_RECEIPT.json', receipt('homebrew/core', False, [need('ca-certificates', '2023-12-12', True)]))
    write(f'{cellar}/ca-certificates/2023-12-12/INSTALL_RECEIPT.json', receipt('homebrew/core', False, []))
    write(f'{cellar}/tool/0.9/INSTALL_RECEIPT.json', receipt('acme/tap', True, []))
    write(f'{cellar}/tool/0.9/.brew/tool.rb', "class Tool < Formula\n  desc 'A tool'\n  license any_of: [\"MIT\", \"Apache-2.0\"]\n  url \"https://example.org/#{version}.tar.gz\"\nend\n")
    write('homebrew/prefix/opt/homebrew/Caskroom/firefox/.metadata/121.0/20240101000000.000/Casks/firefox.json', json.dumps({'token': 'firefox', 'desc': 'Web browser', 'homepage': 'https://www.mozilla.org/firefox/', 'url': 'https://download.example.org/Firefox%20121.0.dmg', 'version': '121.0', 'sha256': SHA}))
    write('homebrew/broken/Cellar/torn/1.0/INSTALL_RECEIPT.json', receipt('homebrew/core', True, [need('whole', '1', True)])[:-90])
    write('homebrew/broken/Cellar/whole/1/.brew/whole.rb', b'class Whole\n desc "unclosed\n url\n license :public_domain\n \xff')
    row = lambda *cells: '\t'.join(cells) + '\n'
    release('rpm-manifest/distroless', 'azurelinux', '3.0')
    place = 'var/lib/rpmmanifest/container-manifest-2'
    write(f'rpm-manifest/distroless/{place}', row('mariner-release', '2.0-36.cm2', '1670000000', '1660000000', 'Microsoft Corporation', '(none)', '580', 'noarch', '0', 'mariner-release-2.0-36.cm2.src.rpm')
          + row('openssl-libs', '1.1.1k-17.cm2', '1670000000', '1660000000', 'Microsoft Corporation', '1', '580', 'x86_64', '1', 'openssl-1.1.1k-17.cm2.src.rpm'))
    write(f'rpm-manifest/broken/{place}', 'torn\n' + row('whole', '1-1'))
    item = lambda digit, name: f'"/gnu/store/{digit}av396z8xa13jg89g9jws145c0k26k2x-{name}"'
    profile = 'gnu/store/5av396z8xa13jg89g9jws145c0k26k2x-profile/manifest'
    manifest = f''';; This file was automatically generated.
(manifest
 (version 4)
 (packages
  (("python" "3.10.7" "out" {item(1, 'python-3.10.7')}
    (propagated-inputs ())
    (search-paths (("GUIX_PYTHONPATH" ("lib/python3.10/site-packages") ":" #f directory)))
    (properties (provenance (repository (version 0) (url "https://git.example.org") (branch "master") (commit "abc")))))
   ("python-requests" "2.28.1" "out" {item(2, 'python-requests-2.28.1')}
    (propagated-inputs
     (("python-idna" "3.4" "out" {item(3, 'python-idna-3.4')} (propagated-inputs ()) (search-paths ()))
      (repeated "python-urllib3" "1.26" "lib" {item(4, 'python-urllib3-1.26-lib')})))
    (search-paths ())))))
'''
    write(f'guix-profile/profile/{profile}', manifest)
    write(f'guix-profile/broken/{profile}', manifest[:600] + '(' * 3)
    write(f'guix-profile/broken/other/{profile}', 'nothing')
    write('snap/source/snap/snapcraft.yaml', 'name: built\nadopt-info: part\nversion: git\nsummary: Yet to be built\nbase: core22\nlicense: MIT\nparts:\n  part:\n    plugin: nil\n    stage-packages: [libc6]\n')
    sha = SHA
    write('dpkg/available/var/lib/dpkg/status', 'Package: tiny\nStatus: install ok installed\nVersion: 1.0-1\nArchitecture: amd64\n\nPackage: older\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n')
    write('dpkg/available/var/lib/dpkg/available', f'Package: tiny\nVersion: 1.0-1\nArchitecture: amd64\nSize: 7\nSHA256: {sha}\n\nPackage: older\nVersion: 2\nArchitecture: all\nSHA256: {sha}\n\nPackage: absent\nVersion: 1\n')


for make in [alpm, opkg, portage, xbps, eopkg, slackware, bsd, freebsd, nix, macports, winget, small]:
    make()
