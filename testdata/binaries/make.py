#!/usr/bin/env python3
"""Writes the fixtures of this directory anew. All content is made up here; the shapes are those of real files."""
import json, os, struct, zipfile, zlib

HERE = os.path.dirname(os.path.abspath(__file__))


def write(path, content):
    path = os.path.join(HERE, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as file:
        file.write(content)


def jar(members, stored=()):
    import io
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return out.getvalue()


def maven(group, artifact, version, extra=''):
    directory = f'META-INF/maven/{group}/{artifact}/'
    properties = f'#Created by Apache Maven\ngroupId={group}\nartifactId={artifact}\nversion={version}\n'
    xml = f'''<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>{group}</groupId>
  <artifactId>{artifact}</artifactId>
  <version>{version}</version>
{extra}</project>
'''
    return [(directory + 'pom.xml', xml), (directory + 'pom.properties', properties)]


def manifest(**lines):
    return [('META-INF/MANIFEST.MF', 'Manifest-Version: 1.0\r\n' + ''.join(f"{k.replace('_', '-')}: {v}\r\n" for k, v in lines.items()) + '\r\n')]


def java():
    core = jar(maven('org.example', 'core', '1.2.0', '  <licenses><license><name>MIT</name></license></licenses>\n'))
    web = jar(maven('org.example', 'web', '2.0', '''  <licenses><license><name>Apache-2.0</name></license></licenses>
  <organization><name>Example</name></organization>
  <properties><core.version>1.2.0</core.version></properties>
  <dependencies>
    <dependency><groupId>${project.groupId}</groupId><artifactId>core</artifactId><version>${core.version}</version></dependency>
    <dependency><groupId>com.shaded</groupId><artifactId>inside</artifactId><version>3.1</version><optional>true</optional></dependency>
    <dependency><groupId>junit</groupId><artifactId>junit</artifactId><version>4.13</version><scope>test</scope></dependency>
  </dependencies>
''') + maven('com.shaded', 'inside', '3.1'))
    spring = jar(manifest(Implementation_Title='spring-core', Implementation_Version='5.3.17', Automatic_Module_Name='spring.core')
                 + [('org/springframework/core/SpringVersion.class', 'class')])
    unknown = jar(manifest(Automatic_Module_Name='com.nowhere') + [('com/nowhere/A.class', 'class')])
    lib = 'WEB-INF/lib/'
    war = jar(maven('org.example', 'shop', '1.0-SNAPSHOT')
              + [(lib + 'core-1.2.0.jar', core), (lib + 'web-2.0.jar', web), (lib + 'spring-core-5.3.17.jar', spring),
                 (lib + 'unknown-0.9.jar', unknown), ('copy/core.jar', core)], stored=(lib + 'web-2.0.jar',))
    write('java/archive/war/shop.war', war)
    write('java/archive/names/org.apache.example.thing_1.4.0.jar', jar(manifest(
        Bundle_SymbolicName='org.apache.example.thing;singleton:=true', Bundle_Version='1.4.0', Bundle_License='"Apache-2.0";link=x')))
    write('java/archive/names/plugin.hpi', jar(manifest(
        Group_Id='org.jenkins-ci.plugins', Short_Name='plugin', Plugin_Version='1.7', Plugin_License_Name='MIT License')))
    write('java/archive/names/renamed.jar', core)
    write('java/archive/names/sound.kar', b'MThd\0\0\0\6not an archive')
    write('java/archive/names/native-2.1.jar', jar([('META-INF/native-image/org.example.nat/native/reflect.json', '{}')]))
    # Broken: cut off, doubled members, a member that is not XML, a version that is not resolved.
    write('java/archive/broken/cut.jar', core[:-30])
    import warnings
    warnings.simplefilter('ignore')
    write('java/archive/broken/doubled.jar', jar(maven('org.example', 'doubled', '1.0') + maven('org.example', 'doubled', '2.0')))
    write('java/archive/broken/odd.jar', jar([
        ('META-INF/maven/org.example/odd/pom.properties', 'groupId=org.example\nartifactId=odd\nversion=${revision}\n'),
        ('META-INF/maven/org.example/odd/pom.xml', '<project><name>'),
        ('pom.properties', 'version=1\n'), ('lib/not.jar', 'not an archive')]))


def elf(sections, wide=True):
    """A shared object that has only these sections."""
    names, data, start = b'\0', b'', 64
    headers = [b'\0' * 64]
    for name, content in sections + [('.shstrtab', None)]:
        at = len(names)
        names += name.encode() + b'\0'
        content = names if content is None else content
        data += b'\0' * (-len(data) % 16)
        headers.append(struct.pack('<IIQQQQIIQQ', at, 1, 2, 0x1000 + len(data), start + len(data), len(content), 0, 0, 16, 0))
        data += content
    head = b'\x7fELF\2\1\1' + b'\0' * 9
    head += struct.pack('<HHIQQQIHHHHHH', 3, 62, 1, 0, 0, start + len(data), 0, 64, 56, 0, 64, len(headers), len(headers) - 1)
    return head + data + b''.join(headers)


def varint(number):
    out = b''
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def build_info(version, lines):
    frame = b'0123456789abcdef'
    text = frame + lines.encode() + frame if lines else b''
    blob = b'\xff Go buildinf:' + bytes([8, 2]) + b'\0' * 16
    return blob + varint(len(version)) + version.encode() + varint(len(text)) + text


def go():
    write('go/binary/elf/usr/bin/server', elf([('.text', b'code'), ('.go.buildinfo', build_info('go1.22.1', '\n'.join([
        'path\texample.com/server/cmd/server', 'mod\texample.com/server\tv1.4.0\th1:main=',
        'dep\tgithub.com/BurntSushi/toml\tv1.3.2\th1:toml=',
        'dep\tgolang.org/x/net\tv0.20.0', '=>\texample.com/fork/net\tv0.20.1\th1:net=',
        'dep\texample.com/local\tv0.0.0', '=>\t../local\t\t',
        'dep\texample.com/vendored\tv0.0.0', '=>\t./private/vendored/\t(devel)\t',
        'build\t-buildmode=exe', 'build\tCGO_ENABLED=0', 'build\tGOARCH=amd64', 'build\tGOOS=linux',
        'build\tvcs=git', 'build\tvcs.revision=0123456789abcdef0123456789abcdef01234567', 'build\tvcs.time=2024-03-01T10:00:00Z', ''])))]))
    write('go/binary/devel/tool', elf([('.go.buildinfo', build_info('go1.21.0 X:loopvar', '\n'.join([
        'path\texample.com/tool', 'mod\texample.com/tool\t(devel)\t', 'build\t-ldflags="-s -w -X main.version=1.2.3"', ''])))]))
    write('go/binary/devel/script', elf([('.go.buildinfo', build_info('go1.20', ''))]))
    write('go/binary/broken/magic', elf([('.go.buildinfo', b'nothing of the sort, but long enough')]))
    write('go/binary/broken/line', elf([('.go.buildinfo', build_info('go1.20.1', 'path\tx\nmod\texample.com/x\tv1.0.0\ndep\t\ndep\texample.com/y\tv1.1.0\n'))]))
    write('go/binary/broken/table', elf([('.go.buildinfo', b'')])[:-60])


def rust():
    packages = [
        {'name': 'app', 'version': '0.1.0', 'source': 'local', 'dependencies': [1, 2], 'root': True},
        {'name': 'serde', 'version': '1.0.200', 'source': 'crates.io', 'dependencies': [2]},
        {'name': 'proc-macro2', 'version': '1.0.80', 'source': 'crates.io', 'kind': 'build'},
    ]
    listed = lambda packages: zlib.compress(json.dumps({'packages': packages}).encode(), 9)
    write('rust/auditable/elf/app', elf([('.text', b'code'), ('.dep-v0', listed(packages))]))
    write('rust/auditable/broken/dangling', elf([('.dep-v0', listed([dict(packages[0], dependencies=[7])]))]))
    write('rust/auditable/broken/cut', elf([('.dep-v0', listed(packages)[:-40])]))


def note():
    text = json.dumps({'type': 'rpm', 'name': 'coreutils', 'version': '9.0-1.fc36', 'architecture': 'x86_64',
                       'osCpe': 'cpe:/o:fedoraproject:fedora:36', 'debugInfoUrl': 'https://debuginfod.fedoraproject.org/'}).encode() + b'\0'
    pad = lambda data: data + b'\0' * (-len(data) % 4)
    section = struct.pack('<III', 4, len(text), 0xcafe1a7e) + b'FDO\0' + pad(text)
    other = struct.pack('<III', 4, 4, 1) + b'GNU\0' + b'abcd'
    write('os/elf-package-note/fedora/usr/bin/ls', elf([('.note.package', other + section)]))
    write('os/elf-package-note/broken/short', elf([('.note.package', section[:14])]))


def shared(soname, defined, sections):
    """A shared library with this name, that defines these symbols and uses one."""
    strings, symbols = b'\0', b'\0' * 24
    for number, name in enumerate(defined + ['used_elsewhere']):
        at = len(strings)
        strings += name.encode() + b'\0'
        symbols += struct.pack('<IBBHQQ', at, 0x12, 0, 7 if number < len(defined) else 0, 0x1000, 16)
    dynamic = struct.pack('<QQ', 14, len(strings)) + b'\0' * 16
    strings += soname.encode() + b'\0'
    return elf([('.dynsym', symbols), ('.dynstr', strings), ('.dynamic', dynamic)] + sections)


def classifier():
    here = 'binary/classifier/'
    crc = b'\0' * 8 + struct.pack('<QQQ', 0xb32e4cbe03a75f6f, 0xf4843657a840a05b, 0x47aa7ae9abe7ff34)
    lzma = b'\xfd7zXZ\0YZ' + crc + b'\x01\x02'
    deflate = b' deflate 1.2.13 Copyright 1995-2022 Jean-loup Gailly and Mark Adler \0invalid distance too far back\0'
    # Compressed logs, by a daemon that nothing names. The version of liblzma stands behind other data.
    write(here + 'linked/usr/sbin/logd', elf([('.text', b'xz (XZ Utils) 5.2.0\0 code is not read'), ('.rodata', lzma + b'5.6.1\0' + deflate)]))
    write(here + 'linked/usr/sbin/older', elf([('.rodata', lzma + b'5.6.0\0')]))
    # The magic of .xz and a version, as in file(1): no CRC-64, no liblzma.
    write(here + 'linked/usr/bin/file', elf([('.rodata', b'\xfd7zXZ\0' + b'5.6.1\0')]))
    # The version of the headers, without what only the library has.
    write(here + 'linked/usr/bin/client', elf([('.rodata', b'built with OpenSSL 3.0.13 30 Jan 2024\0')]))
    # Known by soname and symbols under a name that tells nothing.
    write(here + 'linked/opt/vendor/one.so', shared('libsqlite3.so.0', ['sqlite3_libversion'], [('.rodata', b'\1\2\x033.45.1\0')]))
    # Names other libraries' functions, and defines none.
    write(here + 'linked/opt/vendor/two.so', shared('two.so', ['two'], [('.rodata', b'\0\x003.45.1\0')]))

    busybox = elf([('.rodata', b'BusyBox v1.36.1 (2023-07-17 17:19:21 UTC)\0multi-call binary.\0\x001.12\0bad pack level\x001.12\0')])
    write(here + 'names/bin/busybox', busybox)
    # A hard link, as images have them.
    write(here + 'names/bin/gzip', busybox)
    write(here + 'names/opt/app/runtime', elf([('.rodata', b'\x003.11.4\0%.80s (%.80s) %.80s\0PYTHONHASHSEED\0')]))
    write(here + 'names/usr/bin/python3', b'#!/bin/sh\nexec /opt/app/runtime "$@" # 3.11.4\n')
    write(here + 'names/usr/share/bash-completion/completions/openssl', b'# OpenSSL 3.0.2 15 Mar 2022\n')
    write(here + 'names/usr/local/bin/elixir', b'#!/bin/sh\nELIXIR_VERSION=1.16.0\n')
    write(here + 'names/usr/local/bin/redis-server', elf([('.rodata', b'7.2.4buildkitsandbox-1703068688000000000\0')]))

    main = 'path\texample.com/traefik/cmd/traefik\nmod\texample.com/traefik\t%s\ndep\texample.com/x\tv1.0.0\n'
    strings = ('.rodata', b'\xff\x003.0.4\0' + deflate)
    write(here + 'recorded/bin/traefik', elf([('.go.buildinfo', build_info('go1.22.1', main % 'v3.0.5')), strings]))
    write(here + 'recorded/built/traefik', elf([('.go.buildinfo', build_info('go1.22.1', (main % '(devel)').replace('.com', '.org'))), strings]))
    packages = [{'name': 'logger', 'version': '0.2.0', 'source': 'local', 'root': True}]
    audit = zlib.compress(json.dumps({'packages': packages}).encode())
    write(here + 'recorded/bin/logger', elf([('.dep-v0', audit), ('.rodata', lzma + b'5.4.6\0')]))

    write(here + 'beside/go/VERSION', b'go1.22.1\ntime 2024-02-29T18:18:48Z\n')
    write(here + 'beside/go/bin/go', elf([('.rodata', b'nothing')]))
    write(here + 'beside/firefox/application.ini', b'[App]\nVendor=Mozilla\nName=Firefox\nVersion=128.0.3\n')
    write(here + 'beside/firefox/firefox', elf([('.rodata', b'nothing')]))
    write(here + 'beside/other/application.ini', b'[App]\nVendor=Mozilla\nName=Firefox\nVersion=128.0.3\n')
    write(here + 'beside/other/VERSION', b'go1.22.1\n')

    cut = elf([('.rodata', lzma + b'5.6.1\0')])
    write(here + 'broken/cut', cut[:-70])
    write(here + 'broken/list', elf([('.rodata', deflate + b''.join(
        b' deflate 1.2.%d Copyright 1995-2010 Jean-loup Gailly\0' % number for number in range(3, 12)))]))
    write(here + 'broken/outside', elf([('.rodata', deflate)])[:-1])


java()
go()
rust()
note()
classifier()
