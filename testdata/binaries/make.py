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


def jenkins():
    def plugin(path, name, version, needs, pom=True):
        lines = {'Group_Id': 'org.jenkins-ci.plugins', 'Short_Name': name, 'Long_Name': f'The {name} plugin',
                 'Plugin_Version': version, 'Plugin_License_Name': 'MIT', 'Jenkins_Version': '2.440.3'}
        if needs:
            lines['Plugin_Dependencies'] = needs
        members = manifest(**lines) + [(f'WEB-INF/lib/{name}.jar', jar(
            maven('org.jenkins-ci.plugins', name, version) if pom else [('x.class', 'class')]))]
        write('java/archive/jenkins/var/jenkins_home/plugins/' + path, jar(members))

    plugin('git.jpi', 'git', '5.2.2', 'scm-api:676.v886669a_199a_a_,mailer:448.v5b_97805e3767;resolution:=optional,gone:1')
    plugin('scm-api.jpi', 'scm-api', '690.vfc8b_54395023', '')
    plugin('mailer.hpi', 'mailer', '472.vf7c289a_4b_420', '', pom=False)


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
    jmod = lambda members: b'JM\x01\x00' + jar(members)
    write('java/archive/names/jmods/java.base.jmod', jmod([('classes/module-info.class', 'class')]))
    write('java/archive/names/jmods/org.example.tool-1.1.jmod', jmod([('classes/module-info.class', 'class')]))
    write('java/archive/names/native-2.1.jar', jar([('META-INF/native-image/org.example.nat/native/reflect.json', '{}')]))
    # Edges between files: what a pom names, the version beside it first, and what a manifest names.
    needs = lambda *names: '  <dependencies>\n' + ''.join(
        f'    <dependency><groupId>org.example</groupId><artifactId>{n}</artifactId>{v}</dependency>\n' for n, v in names) + '  </dependencies>\n'
    stated = lambda version: f'<version>{version}</version>'
    library = lambda name, version: jar(maven('org.example', name, version))
    write('java/archive/edges/app/main-1.0.jar', jar(maven('org.example', 'main', '1.0', needs(
        ('mediated', stated('1.0')), ('elsewhere', stated('3.0')), ('unversioned', ''), ('two', ''), ('absent', stated('1.0'))))
        + manifest(Class_Path='../lib/elsewhere-3.0.jar lib/unnamed.jar lib/gone.jar main-1.0.jar file:/etc/x.jar /y.jar classes/')))
    write('java/archive/edges/app/mediated-1.1.jar', library('mediated', '1.1'))
    write('java/archive/edges/other/mediated-1.0.jar', library('mediated', '1.0'))
    write('java/archive/edges/lib/elsewhere-3.0.jar', library('elsewhere', '3.0'))
    write('java/archive/edges/lib/unversioned-7.jar', library('unversioned', '7'))
    for version in ('1', '2'):
        write(f'java/archive/edges/lib/two-{version}.jar', library('two', version))
    twin = jar(manifest() + [('nowhere/A.class', 'class')])
    write('java/archive/edges/app/lib/unnamed.jar', twin)
    write('java/archive/edges/lib/unnamed.jar', twin)
    # Broken: cut off, doubled members, a member that is not XML, a version that is not resolved.
    write('java/archive/broken/cut.jar', core[:-30])
    import warnings
    warnings.simplefilter('ignore')
    write('java/archive/broken/doubled.jar', jar(maven('org.example', 'doubled', '1.0') + maven('org.example', 'doubled', '2.0')))
    write('java/archive/broken/odd.jar', jar([
        ('META-INF/maven/org.example/odd/pom.properties', 'groupId=org.example\nartifactId=odd\nversion=${revision}\n'),
        ('META-INF/maven/org.example/odd/pom.xml', '<project><name>'),
        ('pom.properties', 'version=1\n'), ('lib/not.jar', 'not an archive')]))


def jar_index():
    """A small repository and an application whose jars do not say what they are."""
    bare = lambda name: jar(manifest() + [(f'{name}/Main.class', 'class ' + name)])
    quiet, nameless, vendor = bare('quiet'), bare('nameless'), bare('vendor')
    at = '../jar-index/'
    write(at + 'repository/org/example/nameless/1.4/nameless-1.4.jar', nameless)
    write(at + 'repository/org/example/nameless/1.4/nameless-1.4-sources.jar', jar([('nameless/Main.java', 'source')]))
    write(at + 'repository/org/example/quiet/2.0/quiet-2.0-tests.jar', quiet)
    write(at + 'app/lib/legacy.jar', nameless)
    write(at + 'app/lib/vendor.jar', vendor)
    write(at + 'app/shop.war', jar(maven('org.example', 'shop', '1.0') + [('WEB-INF/lib/util.jar', quiet)]))
    import hashlib
    table = '# SHA-1, a tab, group:artifact:version\n' + hashlib.sha1(vendor).hexdigest() + '\tcom.vendor:driver:12.1\n'
    write(at + 'known.tsv', table.encode())


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
    write('go/binary/devel/commit', elf([('.go.buildinfo', build_info('go1.21.0', '\n'.join([
        'path\tgithub.com/example/tool/cmd/tool', 'mod\tgithub.com/example/tool/v2\t(devel)\t', 'build\tvcs=git',
        'build\tvcs.revision=0123456789abcdef0123456789abcdef01234567', 'build\tvcs.modified=true', ''])))]))
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


def release():
    write('java/jvm-release/temurin/opt/java/openjdk/release', b"""IMPLEMENTOR="Eclipse Adoptium"
IMPLEMENTOR_VERSION="Temurin-17.0.9+9"
JAVA_RUNTIME_VERSION="17.0.9+9"
JAVA_VERSION="17.0.9"
JAVA_VERSION_DATE="2023-10-17"
LIBC="musl"
MODULES="java.base java.logging"
OS_ARCH="x86_64"
OS_NAME="Linux"
SOURCE=".:git:0123456789ab"
SOURCE_REPO="https://github.com/adoptium/jdk17u.git"
FULL_VERSION="17.0.9+9"
JVM_VARIANT="Hotspot"
IMAGE_TYPE="JRE"
""")
    write('java/jvm-release/eight/usr/lib/jvm/zulu8/release',
          b'JAVA_VERSION="1.8.0_422"\nOS_NAME="Linux"\nSOURCE=".:git:abc"\nFULL_VERSION="1.8.0_422-b05"\n')
    # Broken: another program's file, a line without its value, bytes that are no text.
    write('java/jvm-release/broken/etc/release', b'Some Linux 12\nNAME="x"\n')
    write('java/jvm-release/broken/opt/jdk/release', b'IMPLEMENTOR="\xff\xfe"\nJAVA_VERSION=\nJAVA_RUNTIME_VERSION="11.0.2+9\nMODULES\n')


def wasm_name(text):
    return varint(len(text)) + text.encode()


def wasm_section(id, content):
    return bytes([id]) + varint(len(content)) + content


def wasm_custom(name, content):
    return wasm_section(0, wasm_name(name) + content)


def producers(fields):
    out = varint(len(fields))
    for field, values in fields:
        out += wasm_name(field) + varint(len(values)) + b''.join(wasm_name(name) + wasm_name(version) for name, version in values)
    return out


def wasm():
    module, component = b'\0asm\1\0\0\0', b'\0asm\x0d\0\1\0'
    imports = wasm_section(2, b'\2' + wasm_name('wasi_snapshot_preview1') + wasm_name('fd_write') + b'\0\0'
                           + wasm_name('env') + wasm_name('memory') + b'\2\1\1\x10')
    rustc = producers([('language', [('Rust', '')]), ('processed-by', [('rustc', '1.79.0'), ('wit-bindgen-rust', '0.24.0')])])
    packages = zlib.compress(json.dumps({'packages': [
        {'name': 'greet', 'version': '0.3.0', 'source': 'local', 'dependencies': [1], 'root': True},
        {'name': 'serde', 'version': '1.0.200', 'source': 'crates.io'}]}).encode(), 9)
    plain = (module + wasm_section(1, b'\0') + imports + wasm_section(10, b'\0')
             + wasm_custom('name', b'\0' + varint(6) + wasm_name('plain')) + wasm_custom('producers', rustc))
    rust = module + imports + wasm_custom('.dep-v0', packages) + wasm_custom('producers', rustc) + wasm_custom('.debug_info', b'debug')
    named = lambda name, rest: wasm_custom('component-name', b'\0' + varint(len(name) + 1) + wasm_name(name)) + rest
    inner = module + wasm_custom('name', b'\0' + varint(8) + wasm_name('adapter')) + wasm_custom('version', b'22.0.0')
    outer = component + wasm_section(1, rust) + wasm_section(1, inner)
    outer += wasm_section(10, b'\2\0' + wasm_name('wasi:io/error@0.2.0') + b'\5\0\0' + wasm_name('wasi:http/types@0.2.0') + b'\5\1')
    outer += named('greeter', b'')
    for name, value in [('version', '1.4.0'), ('description', 'Greets over HTTP.'), ('authors', 'A. Writer'), ('licenses', 'Apache-2.0 OR MIT'),
                        ('homepage', 'https://example.org/greet'), ('source', 'https://example.org/greet.git'), ('revision', '0123abc')]:
        outer += wasm_custom(name, value.encode())
    write('wasm/module/module/plain.wasm', plain)
    write('wasm/module/module/greet.wasm', rust)
    write('wasm/module/component/app', outer)
    # Broken: cut within a section, a list of packages that is no zlib data, and a file that is none.
    write('wasm/module/broken/cut.wasm', plain[:-5])
    write('wasm/module/broken/packages.wasm', module + wasm_custom('name', b'\0' + varint(4) + wasm_name('odd')) + wasm_custom('.dep-v0', b'packages'))
    write('wasm/module/broken/text.wasm', b'not a module')


def gguf(version, values, order='<', tensors=3):
    wide = 'I' if version == 1 else 'Q'
    text = lambda value: struct.pack(order + wide, len(value)) + value.encode()
    def value(held):
        if isinstance(held, str):
            return struct.pack(order + 'I', 8) + text(held)
        if isinstance(held, list):
            return struct.pack(order + 'II' + wide, 9, 8, len(held)) + b''.join(text(item) for item in held)
        return struct.pack(order + 'II', 4, held)
    out = b'GGUF' + struct.pack(order + 'I' + wide + wide, version, tensors, len(values))
    return out + b''.join(text(key) + value(held) for key, held in values.items())


def safetensors(metadata, tensors):
    header = json.dumps({'__metadata__': metadata} | {name: {'dtype': dtype, 'shape': shape, 'data_offsets': [0, 4]} for name, dtype, shape in tensors}).encode()
    return struct.pack('<Q', len(header)) + header + b'\0\0\0\0'


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def models():
    commit = '0123456789abcdef0123456789abcdef01234567'
    values = {
        'general.architecture': 'llama', 'general.name': 'Example 7B', 'general.version': 'v1.1', 'general.author': 'A. Writer',
        'general.organization': 'Example', 'general.license': 'apache-2.0', 'general.size_label': '7B', 'general.file_type': 15,
        'general.base_model.count': 1, 'general.base_model.0.repo_url': 'https://huggingface.co/example/base-7b',
        'tokenizer.ggml.tokens': ['<s>', 'a', 'b' * 70000], 'llama.context_length': 8192,
    }
    write('model/gguf/models/example-7b.Q4_K_M-00001-of-00002.gguf', gguf(3, values))
    write('model/gguf/models/old.gguf', gguf(1, {'general.architecture': 'gptj', 'general.file_type': 2}))
    write('model/gguf/models/big-endian', gguf(3, {'general.name': 'Swapped', 'general.repo_url': 'https://huggingface.co/example/swapped'}, '>'))
    write(f'model/gguf/models/cache/models--example--tiny/snapshots/{commit}/tiny.gguf', gguf(2, {'general.name': 'Tiny'}))
    write('model/gguf/broken/cut.gguf', gguf(3, values)[:-12])
    write('model/gguf/broken/future.gguf', gguf(9, {}))
    write('model/gguf/broken/text.gguf', b'not a model at all')
    write('model/gguf/broken/keys.gguf', b'GGUF' + struct.pack('<IQQ', 3, 1, 1 << 60))

    card = """---
license: llama3
license_link: https://example.org/license
base_model:
  - example/base
library_name: transformers
pipeline_tag: text-generation
tags: [a, b]
---
# Example
"""
    config = json.dumps({'_name_or_path': 'example/base', 'architectures': ['LlamaForCausalLM'], 'model_type': 'llama', 'torch_dtype': 'bfloat16',
                         'transformers_version': '4.40.0', 'vocab_size': 32000})
    place = f'model/hugging-face/models/root/.cache/huggingface/hub/models--example--chat/snapshots/{commit}/'
    write(place + 'README.md', card.encode())
    write(place + 'config.json', config.encode())
    write(place + 'model-00001-of-00002.safetensors', safetensors({'format': 'pt'}, [('a', 'BF16', [2, 3])]))
    write(place + 'model-00002-of-00002.safetensors', safetensors({'format': 'pt'}, [('b', 'F32', [4])]))
    write('model/hugging-face/models/srv/models/style/style.safetensors', safetensors({
        'modelspec.title': 'Style', 'modelspec.author': 'A. Writer', 'modelspec.license': 'CC0-1.0', 'modelspec.architecture': 'stable-diffusion-xl/lora'},
        [('a', 'F16', [10, 10]), ('b', 'F16', [])]))
    write('model/hugging-face/models/srv/web/config.json', b'{"model_type": "a form of another program"}')
    write('model/hugging-face/models/srv/pipe/model_index.json', b'{"_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.27.0"}')
    write('model/hugging-face/broken/long.safetensors', struct.pack('<Q', 1 << 40) + b'{}')
    write('model/hugging-face/broken/cut.safetensors', safetensors({}, [('a', 'F16', [1])])[:20])
    write('model/hugging-face/broken/text.safetensors', struct.pack('<Q', 4) + b'text')
    write('model/hugging-face/broken/models/README.md', b'---\n: [\n---\n')

    graph = field(1, b'\x0a\1x') + field(5, b'weights') + field(2, 'main_graph')
    onnx = (field(1, 9) + field(2, 'pytorch') + field(3, '2.3.0') + field(4, 'org.example') + field(5, 3) + field(6, 'Finds things.') + field(7, graph)
            + field(8, field(1, '') + field(2, 17)) + field(8, field(1, 'ai.onnx.ml') + field(2, 3))
            + field(14, field(1, 'license') + field(2, 'MIT')) + field(14, field(1, 'names') + field(2, "{0: 'thing'}")))
    write('model/onnx/models/find.onnx', onnx)
    write('model/onnx/broken/cut.onnx', onnx[:-10])
    write('model/onnx/broken/text.onnx', b'this is text')
    write('model/core-ml/models/Find.mlmodel', field(1, 5) + field(2, field(1, b'') + field(100, field(1, 'Finds things.') + field(2, '1.2')
                                                                                           + field(3, 'A. Writer') + field(4, 'MIT'))))
    write('model/core-ml/models/none.mlmodel', b'')
    write('model/core-ml/broken/Cut.mlmodel', field(1, 5) + field(2, field(100, field(2, '1.2')))[:-2])
    write('model/tensorflow/models/srv/classify/1/saved_model.pb', field(1, 1) + field(2, field(1, field(4, 'serve') + field(5, '2.16.1')) + field(2, b'graph')))
    keras = jar([('metadata.json', '{"keras_version": "3.3.3", "date_saved": "2024-05-01@10:00:00"}'),
                 ('config.json', '{"module": "keras", "class_name": "Functional", "config": {"name": "mnist", "layers": [{"class_name": "Lambda"}]}}'),
                 ('model.weights.h5', 'weights')])
    write('model/tensorflow/models/mnist.keras', keras)
    write('model/tensorflow/broken/empty.keras', jar([('x', 'y')]))
    write('model/tensorflow/broken/cut.keras', keras[:-20])
    write('model/tensorflow/broken/saved_model.pb', field(1, 1) + field(2, b'x' * 40)[:-9])

    weights = b'\x80\2ccollections\nOrderedDict\nq\0)R(X\6\0\0\0weightctorch._utils\n_rebuild_tensor_v2\n(NtRu.'
    evil = b'\x80\4\x95\x1d\0\0\0\0\0\0\0\x8c\5posix\x94\x8c\6system\x94\x93\x8c\2id\x85R.'
    write('model/pytorch/models/net.pt', jar([('net/data.pkl', weights), ('net/version', '3'), ('net/data/0', 'numbers')]))
    write('model/pytorch/models/evil.pth', jar([('evil/data.pkl', evil), ('evil/version', '3')]))
    write('model/pytorch/models/script.pt', jar([('s/data.pkl', b'\x80\2c__torch__\nNet\n.'), ('s/constants.pkl', b'\x80\2).'), ('s/code/__torch__.py', 'class Net: pass')]))
    write('model/pytorch/models/bert/pytorch_model.bin', b'\x80\2\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\2M\xe9\3.' + weights)
    write('model/pytorch/models/paths.pth', b'import site; /usr/lib/python3\n')
    write('model/pytorch/broken/cut.pt', jar([('cut/data.pkl', weights)])[:-10])
    write('model/pytorch/broken/odd.pt', jar([('odd/data.pkl', b'\x80\2cos\nsystem\n\xff\xfe')]))


def pe(sections, directories=None, library=True):
    """An image of 64 bits with these sections, each at a page of its own; directories: number to (section, offset, size)."""
    align = lambda size, to: -(-size // to) * to
    head = b'MZ' + b'\0' * 58 + struct.pack('<I', 64)
    coff = b'PE\0\0' + struct.pack('<HHIIIHH', 0x8664, len(sections), 0, 0, 0, 240, 0x2022 if library else 0x22)
    at, raw, rows, data, places = 0x1000, 0x400, b'', b'', {}
    for name, content in sections:
        places[name] = at
        rows += struct.pack('<8sIIIIIIHHI', name.encode(), len(content), at, align(len(content), 512), raw, 0, 0, 0, 0, 0xc0000040)
        data += content + b'\0' * (align(len(content), 512) - len(content))
        at, raw = at + align(len(content), 0x1000), raw + align(len(content), 512)
    table = [(0, 0)] * 16
    for number, (section, offset, size) in (directories or {}).items():
        table[number] = (places[section] + offset, size)
    optional = struct.pack('<HBBIIIII', 0x20b, 14, 0, 0, 0, 0, 0, 0) + struct.pack('<QII', 0x140000000, 0x1000, 512)
    optional += b'\0' * (108 - len(optional)) + struct.pack('<I', 16) + b''.join(struct.pack('<II', *row) for row in table)
    head += coff + optional + rows
    return head + b'\0' * (0x400 - len(head)) + data


def version_block(name, kind, value, length, children=b''):
    pad = lambda data: data + b'\0' * (-len(data) % 4)
    body = pad(b'\0' * 6 + name.encode('utf-16-le') + b'\0\0') + value
    body = (pad(body) if children else body) + children
    return pad(struct.pack('<HHH', len(body), length, kind) + body[6:])


def version_resource(at, strings, numbers=(0, 0, 0, 0)):
    """The section of a version resource that is loaded at this address."""
    text = b''.join(version_block(name, 1, value.encode('utf-16-le') + b'\0\0', len(value) + 1) for name, value in strings.items())
    fixed = struct.pack('<IIHHHH', 0xfeef04bd, 0x10000, numbers[1], numbers[0], numbers[3], numbers[2]) + b'\0' * 36
    info = version_block('VS_VERSION_INFO', 0, fixed, 52, version_block('StringFileInfo', 1, b'', 0, version_block('040904B0', 1, b'', 0, text)))
    level = lambda id, offset: b'\0' * 12 + struct.pack('<HHII', 0, 1, id, offset)
    return level(16, 0x80000018) + level(1, 0x80000030) + level(1033, 0x48) + struct.pack('<IIII', at + 0x58, len(info), 0, 0) + info


def clr(name, version, references, culture=''):
    """The header of the runtime and the metadata of an assembly, loaded at 0x1000."""
    heap, places = b'\0', {'': 0}
    for text in [name, culture] + [reference for reference, _ in references]:
        if text not in places:
            places[text] = len(heap)
            heap += text.encode() + b'\0'
    tables = struct.pack('<IBBBBQQ', 0, 2, 0, 0, 1, 1 | 1 << 0x20 | (1 << 0x23 if references else 0), 0) + struct.pack('<II', 1, 1)
    tables += struct.pack('<I', len(references)) if references else b''
    tables += struct.pack('<HHHHH', 0, places[name], 1, 0, 0)
    tables += struct.pack('<IHHHHIHHH', 0x8004, *version, 0, 0, places[name], places[culture])
    tables += b''.join(struct.pack('<HHHHIHHHH', *number, 0, 0, places[reference], 0, 0) for reference, number in references)
    pad = lambda data: data + b'\0' * (-len(data) % 4)
    tables, heap = pad(tables), pad(heap)
    root = struct.pack('<IHHII', 0x424a5342, 1, 1, 0, 12) + b'v4.0.30319\0\0' + struct.pack('<HH', 0, 2)
    start = len(root) + 12 + 20
    root += struct.pack('<II', start, len(tables)) + b'#~\0\0' + struct.pack('<II', start + len(tables), len(heap)) + b'#Strings\0\0\0\0'
    root += tables + heap
    return struct.pack('<IHHII', 72, 2, 5, 0x1000 + 72, len(root)) + b'\0' * 56 + root


def assembly(name, version, references=(), strings=None, culture='', library=True):
    code = clr(name, version, references, culture)
    sections, directories = [('.text', code)], {14: ('.text', 0, 72)}
    if strings:
        resource = version_resource(0x2000, strings)
        sections.append(('.rsrc', resource))
        directories[2] = ('.rsrc', 0, len(resource))
    return pe(sections, directories, library)


def native(strings, numbers=(0, 0, 0, 0), library=True):
    resource = version_resource(0x2000, strings, numbers)
    return pe([('.text', b'code'), ('.rsrc', resource)], {2: ('.rsrc', 0, len(resource))}, library)


DEPS = {
    'runtimeTarget': {'name': '.NETCoreApp,Version=v8.0/linux-x64'},
    'targets': {'.NETCoreApp,Version=v8.0': {}, '.NETCoreApp,Version=v8.0/linux-x64': {
        'Shop/1.2.0': {'dependencies': {'Serilog.Sinks.Console': '5.0.1', 'runtimepack.Microsoft.NETCore.App.Runtime.linux-x64': '8.0.1'}, 'runtime': {'Shop.dll': {}}},
        'runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.1': {'runtime': {'System.Runtime.dll': {'assemblyVersion': '8.0.0.0'}}},
        'Serilog/3.1.1': {'runtime': {'lib/net7.0/Serilog.dll': {'assemblyVersion': '2.0.0.0'}}},
        'Serilog.Sinks.Console/5.0.1': {'dependencies': {'Serilog': '3.1.1'}, 'runtime': {'lib/net7.0/Serilog.Sinks.Console.dll': {}}},
    }},
    'libraries': {
        'Shop/1.2.0': {'type': 'project', 'serviceable': False, 'sha512': ''},
        'runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.1': {'type': 'runtimepack', 'serviceable': False, 'sha512': ''},
        'Serilog/3.1.1': {'type': 'package', 'serviceable': True, 'sha512': 'sha512-' + 'A' * 86 + '=='},
        'Serilog.Sinks.Console/5.0.1': {'type': 'package', 'serviceable': True, 'sha512': ''},
    },
}


def single_file(version, members, compressed=()):
    mark = bytes.fromhex('8b1202b96a612038727b930214d7a03213f5b9e6efae3318ee3b2dce24b36aae')
    host = elf([('.text', b'code'), ('.data', b'some data' + struct.pack('<Q', 0x1122334455667788) + mark)])
    body, entries = host, b''
    for kind, name, content in members:
        packed = b''
        if name in compressed:
            import zlib as z
            packer = z.compressobj(9, z.DEFLATED, -15)
            packed = packer.compress(content) + packer.flush()
        entries += struct.pack('<QQ', len(body), len(content)) + (struct.pack('<Q', len(packed)) if version >= 6 else b'')
        entries += bytes([kind]) + varint(len(name)) + name.encode()
        body += packed or content
    head = struct.pack('<III', version, 0, len(members)) + varint(8) + b'bundleid'
    if version >= 2:
        head += b'\0' * 40
    offset = len(body)
    return (body + head + entries).replace(struct.pack('<Q', 0x1122334455667788), struct.pack('<Q', offset))


def dotnet():
    json_net = {'ProductName': 'Json.NET', 'CompanyName': 'Newtonsoft', 'ProductVersion': '13.0.3+0a2e291c0d9c0c7675d445703e51750363a549ef', 'FileVersion': '13.0.3.27908'}
    place = 'dotnet/assembly/app/'
    console = assembly('Serilog.Sinks.Console', (5, 0, 1, 0), [('System.Runtime', (7, 0, 0, 0)), ('Serilog', (2, 0, 0, 0))])
    serilog = assembly('Serilog', (2, 0, 0, 0), [], {'ProductVersion': '3.1.1', 'CompanyName': 'Serilog Contributors'})
    shop = assembly('Shop', (1, 2, 0, 0), [('Serilog', (2, 0, 0, 0)), ('Serilog.Sinks.Console', (5, 0, 1, 0))])
    write(place + 'app/Shop.deps.json', json.dumps(DEPS, indent=1).encode())
    write(place + 'app/Shop.dll', shop)
    write(place + 'app/Serilog.dll', serilog)
    write(place + 'app/Serilog.Sinks.Console.dll', console)
    write(place + 'app/de/Shop.resources.dll', assembly('Shop.resources', (1, 2, 0, 0), [], None, 'de'))
    write(place + 'tool/Newtonsoft.Json.dll', assembly('Newtonsoft.Json', (13, 0, 0, 0), [('netstandard', (2, 0, 0, 0))], json_net))
    write(place + 'tool/Tool.exe', assembly('Tool', (2, 1, 0, 0), [('mscorlib', (4, 0, 0, 0)), ('Newtonsoft.Json', (13, 0, 0, 0))], None, '', False))
    whole = assembly('Broken', (1, 0, 0, 0), [('Other', (1, 0, 0, 0))])
    write('dotnet/assembly/broken/cut.dll', whole[:-512] + b'\0' * 8)
    write('dotnet/assembly/broken/streams.dll', whole.replace(b'BSJB', b'BSJC'))
    write('dotnet/assembly/broken/text.dll', b'MZ is how this text starts')
    write('dotnet/assembly/broken/not.deps.json', b'{')
    members = [(1, 'Shop.dll', shop), (1, 'Serilog.dll', serilog), (3, 'Shop.deps.json', json.dumps(DEPS).encode()), (4, 'Shop.runtimeconfig.json', b'{}')]
    write('dotnet/bundle/versions/six/Shop', single_file(6, members, ('Shop.deps.json', 'Serilog.dll')))
    write('dotnet/bundle/versions/one/old', single_file(1, [(1, 'Serilog.dll', serilog), (2, 'native.so', b'native')]))
    write('dotnet/bundle/versions/two/bare', single_file(2, [(1, 'Newtonsoft.Json.dll', assembly('Newtonsoft.Json', (13, 0, 0, 0), [], json_net))]))
    six = single_file(6, members, ('Shop.deps.json',))
    write('dotnet/bundle/broken/cut', six[:-10])
    write('dotnet/bundle/broken/future', single_file(9, []))
    write('dotnet/bundle/broken/outside', six.replace(struct.pack('<Q', six.index(struct.pack('<III', 6, 0, 4))), struct.pack('<Q', 1 << 50), 1))


def windows():
    write('windows/version-resource/programs/libcrypto-3-x64.dll', native({
        'CompanyName': 'The OpenSSL Project, https://www.openssl.org/', 'FileDescription': 'OpenSSL library', 'FileVersion': '3.0.13',
        'InternalName': 'libcrypto', 'OriginalFilename': 'libcrypto', 'ProductName': 'The OpenSSL Toolkit', 'ProductVersion': '3.0.13',
        'LegalCopyright': 'Copyright 1998-2024 The OpenSSL Authors. All rights reserved.'}))
    write('windows/version-resource/programs/setup.exe', native({'FileDescription': 'Example\u00ae Setup', 'ProductVersion': 'Release'}, (4, 5, 6, 0), False))
    write('windows/version-resource/programs/none.dll', native({'ProductName': 'No version'}))
    write('windows/version-resource/programs/assembly.dll', assembly('X', (1, 0, 0, 0), [], {'ProductName': 'X', 'ProductVersion': '1.0'}))
    deep = version_resource(0x2000, {'ProductName': 'Deep', 'ProductVersion': '1.0'})
    deep = deep[:64 + 4] + struct.pack('<I', 0x80000000) + deep[64 + 8:]
    write('windows/version-resource/broken/deep.dll', pe([('.text', b''), ('.rsrc', deep)], {2: ('.rsrc', 0, len(deep))}))
    whole = native({'ProductName': 'Cut', 'ProductVersion': '1.0', 'FileVersion': '2.0'})
    write('windows/version-resource/broken/cut.dll', whole[:-400])


def macho(commands, sections=(), kind=6):
    """A program of 64 bits; commands: number and content, sections: name and content, in a segment of their own."""
    out, data, start = b'', b'', 32 + sum(8 + len(content) for _, content in commands) + (72 + 80 * len(sections) if sections else 0)
    if sections:
        rows = b''
        for name, content in sections:
            rows += struct.pack('<16s16sQQIIIIIIII', name.encode(), b'__TEXT', 0x1000 + len(data), len(content), start + len(data), 0, 0, 0, 0, 0, 0, 0)
            data += content
        out += struct.pack('<II16sQQQQIIII', 0x19, 72 + len(rows), b'__TEXT', 0x1000, len(data), start, len(data), 5, 5, len(sections), 0) + rows
    out += b''.join(struct.pack('<II', number, 8 + len(content)) + content for number, content in commands)
    return struct.pack('<IIIIIIII', 0xfeedfacf, 0x0100000c, 0, kind, len(commands) + bool(sections), len(out), 0, 0) + out + data


def dylib(number, name, version=0, offset=24):
    text = name.encode() + b'\0'
    return number, struct.pack('<IIII', offset, 2, version, 0x10000) + text + b'\0' * (-len(text) % 8)


def apple():
    build = (0x32, struct.pack('<IIII', 1, 11 << 16, 14 << 16 | 2 << 8, 0))
    foo = macho([dylib(0xd, '/usr/local/lib/libfoo.2.dylib', 2 << 16 | 4 << 8 | 1), build, dylib(0xc, '@rpath/libbar.dylib'), dylib(0xc, '/usr/lib/libSystem.B.dylib')])
    write('apple/mach-o/library/lib/libfoo.2.4.1.dylib', foo)
    write('apple/mach-o/library/lib/libbar.dylib', struct.pack('>IIIIIIIIIIII', 0xcafebabe, 2, 7, 3, 48, 0, 0, 7, 3, 48, 0, 0)
          + macho([dylib(0xd, '@rpath/libbar.dylib', 7 << 16), (0x2a, struct.pack('<Q', 7 << 40 | 3 << 30))]))
    write('apple/mach-o/library/lib/libnone.dylib', macho([dylib(0xd, 'libnone.dylib', 0)]))
    plist = b"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>CFBundleIdentifier</key><string>org.example.tool</string>
<key>CFBundleShortVersionString</key><string>3.2</string>
<key>CFBundleVersion</key><string>3200</string>
</dict></plist>
"""
    write('apple/mach-o/library/bin/tool', macho([build, dylib(0xc, '/usr/local/lib/libfoo.2.dylib')], [('__info_plist', plist)], 2))
    write('apple/mach-o/broken/cut.dylib', foo[:80])
    write('apple/mach-o/broken/plist', macho([], [('__info_plist', b'<plist><dict>')], 2))


def native_image(document, heap='.svm_heap', packed=None):
    import gzip
    packed = gzip.compress(json.dumps(document).encode(), 9, mtime=0) if packed is None else packed
    data = struct.pack('<Q', len(packed)) + packed
    names = b'\0sbom\0sbom_length\0'
    # The data is the third section: at 0x1000 plus what is before it, rounded to 16.
    symbol = lambda name, address: struct.pack('<IBBHQQ', name, 0x11, 0, 3, address, 8)
    symbols = b'\0' * 24 + symbol(1, 0) + symbol(6, 0)
    before = [('.dynstr', names), ('.dynsym', symbols)]
    place = 0x1000
    for _, content in before:
        place = -(-(place + len(content)) // 16) * 16
    symbols = b'\0' * 24 + symbol(1, place + 8) + symbol(6, place)
    whole = elf([('.dynstr', names), ('.dynsym', symbols), ('.data', data), (heap, b'heap')])
    # A segment that maps the sections, whose addresses are 0x1000 more than their offsets in the data.
    segment = struct.pack('<IIQQQQQQ', 1, 6, 64, 0x1000, 0x1000, len(whole) - 64, len(whole) - 64, 16)
    return whole[:32] + struct.pack('<Q', len(whole)) + whole[40:56] + struct.pack('<H', 1) + whole[58:] + segment


def graal():
    component = lambda name, version, **more: dict({'type': 'library', 'group': 'org.example', 'name': name, 'version': version,
                                                    'purl': f'pkg:maven/org.example/{name}@{version}', 'bom-ref': f'pkg:maven/org.example/{name}@{version}'}, **more)
    document = {
        'bomFormat': 'CycloneDX', 'specVersion': '1.5', 'version': 1,
        'metadata': {'component': dict(component('shop', '1.0'), type='application')},
        'components': [component('web', '2.0', licenses=[{'license': {'id': 'MIT'}}], hashes=[{'alg': 'SHA-256', 'content': 'ab' * 32}]), component('core', '1.2'),
                       {'type': 'library', 'name': 'svm', 'version': '23.1'}, 7],
        'dependencies': [{'ref': 'pkg:maven/org.example/shop@1.0', 'dependsOn': ['pkg:maven/org.example/web@2.0']},
                         {'ref': 'pkg:maven/org.example/web@2.0', 'dependsOn': ['pkg:maven/org.example/core@1.2', 'gone']}],
    }
    write('java/native-image/elf/shop', native_image(document))
    write('java/native-image/elf/other', native_image(document, '.heap'))
    write('java/native-image/broken/packed', native_image({}, packed=b'\x1f\x8b\x08 not compressed'))
    write('java/native-image/broken/json', native_image([]))


def kernel():
    release = '6.1.0-18-amd64'
    banner = f'{release} (debian-kernel@lists.debian.org) #1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)'.encode() + b'\0'
    boot = b'MZ' + b'\0' * (0x202 - 2) + b'HdrS' + struct.pack('<H', 0x20f) + b'\0' * 6 + struct.pack('<H', 0x100) + b'\0' * 0xf0
    boot += banner + b'\0' * 64
    write(f'linux/kernel/installed/boot/vmlinuz-{release}', boot)
    info = lambda **values: b''.join(f'{name}={value}'.encode() + b'\0' for name, value in values.items())
    module = lambda **values: elf([('.text', b'code'), ('.modinfo', info(vermagic=release + ' SMP preempt mod_unload modversions ', **values))])
    relocatable = lambda data: data[:16] + b'\1' + data[17:]
    import gzip, lzma
    place = f'linux/kernel/installed/lib/modules/{release}/'
    write(place + 'kernel/fs/ext4/ext4.ko', relocatable(module(license='GPL', description='Fourth Extended Filesystem', author='Remy Card', depends='jbd2,crc16', intree='Y', name='ext4')))
    write(place + 'kernel/fs/jbd2/jbd2.ko.xz', lzma.compress(relocatable(module(license='GPL', depends='', intree='Y', name='jbd2')), check=lzma.CHECK_CRC32))
    write(place + 'updates/my-driver.ko.gz', gzip.compress(relocatable(module(version='3.2.1', license='Dual MIT/GPL', srcversion='ABC123', depends='')), mtime=0))
    arm = b'\0' * 0x38 + b'ARM\x64' + b'\0' * 4000 + b'Linux version %s\0Linux version 6.6.8-arm64 (b@h) (gcc) #1 SMP\n\0' + b'\0' * 300
    packed = gzip.compress(arm, mtime=0)
    write('linux/kernel/images/boot/vmlinuz-6.6.8-arm64', packed)
    zboot = b'MZ\0\0zimg' + struct.pack('<II', 64, len(packed)) + b'\0' * 8 + b'gzip\0\0\0\0'
    write('linux/kernel/images/boot/kernel-zboot', zboot + b'\0' * (64 - len(zboot)) + packed)
    write('linux/kernel/images/boot/EFI/Linux/arch.efi', pe([('.linux', b'kernel'), ('.uname', b'6.9.1-arch1-1')]))
    write('linux/kernel/images/boot/EFI/BOOT/BOOTX64.efi', pe([('.text', b'code')]))
    write('linux/kernel/images/boot/vmlinux', elf([('.rodata', b'Linux version 5.10.0 (b@h)\n\0')]))
    write('linux/kernel/broken/boot/vmlinuz-cut', boot[:0x2f0])
    write('linux/kernel/broken/boot/vmlinuz-packed', packed[:40])
    write('linux/kernel/broken/cut.ko.xz', lzma.compress(relocatable(module(license='GPL')), check=lzma.CHECK_CRC32)[:60])
    write('linux/kernel/broken/table.ko', relocatable(module(license='GPL'))[:-70])
    write('linux/kernel/broken/text.ko', b'not a module')


def linkage():
    def note(owner, kind, text):
        pad = lambda data: data + b'\0' * (-len(data) % 4)
        return struct.pack('<III', len(owner), len(text), kind) + pad(owner) + pad(text)

    def dynamic(soname, needed, sections=()):
        heap, entries = b'\0', b''
        for tag, name in [(14, soname)] * bool(soname) + [(1, name) for name in needed]:
            entries += struct.pack('<QQ', tag, len(heap))
            heap += name.encode() + b'\0'
        return elf(list(sections) + [('.dynamic', entries + b'\0' * 16), ('.dynstr', heap)])

    package = lambda **values: ('.note.package', note(b'FDO\0', 0xcafe1a7e, json.dumps(values).encode() + b'\0'))
    dlopen = ('.note.dlopen', note(b'FDO\0', 0x407c0c0a, json.dumps([
        {'feature': 'zstd', 'description': 'Support for zstd compression', 'priority': 'suggested', 'soname': ['libzstd.so.1', 'libzstd.so.2']}]).encode() + b'\0')
        + note(b'FDO\0', 0x407c0c0a, b'[{"feature": "x"}]\0'))
    modules = '\n'.join(['path\texample.com/app', 'mod\texample.com/app\tv1.0.0', 'dep\tgithub.com/a/b\tv1.2.3', 'build\tCGO_ENABLED=1', ''])
    place = 'os/elf-linkage/programs/'
    write(place + 'opt/app/app', dynamic(None, ['libc.so.6', 'libfoo.so.2'], [('.go.buildinfo', build_info('go1.22.1', modules))]))
    write(place + 'opt/app/lib/libfoo.so.2.1', dynamic('libfoo.so.2', ['libc.so.6', 'libgone.so'], [package(
        type='generic', name='foo', version='2.1', vendor='Example', sourceRepo='https://example.org/foo.git', commit='0123abc', appCpe='cpe:2.3:a:example:foo:2.1'), dlopen]))
    write(place + 'opt/app/lib/libzstd.so.1', dynamic('libzstd.so.1', [], [package(type='apk', name='zstd-libs', version='1.5.5-r8', os='alpine', osVersion='3.19.0', architecture='x86_64')]))
    write(place + 'usr/lib/libc.so.6', dynamic('libc.so.6', [], [package(type='alpm', name='glibc', version='2.39-1', architecture='x86_64', os='arch')]))
    write('os/upx/packed/bin/tool', elf([])[:40] + b'\0' * 8 + elf([])[48:60] + b'\0' * 60 + struct.pack('<I', 0) + b'UPX!' + b'packed' * 40)
    write('os/upx/packed/bin/tool.exe', pe([('UPX0', b''), ('UPX1', b'packed')]))
    write('os/upx/broken/cut.exe', pe([('UPX0', b''), ('UPX1', b'packed')])[:300])
    write('os/elf-linkage/broken/note', dynamic('libx.so', ['liby.so'], [('.note.dlopen', note(b'FDO\0', 0x407c0c0a, b'{not json\0'))]))
    write('os/elf-linkage/broken/name', dynamic('libx.so', ['liby.so']).replace(struct.pack('<QQ', 1, 9), struct.pack('<QQ', 1, 1 << 60)))


def android():
    library = lambda group, artifact, version: field(1, field(1, field(1, group) + field(2, artifact) + field(5, version)) + field(2, field(1, b'\xab' * 32)))
    graph = (library('androidx.core', 'core', '1.12.0') + library('androidx.annotation', 'annotation', '1.7.0') + field(1, b'')
             + field(2, field(2, b'\1')) + field(2, field(1, 1) + field(2, b'\2\7')) + field(3, field(1, 'base') + field(2, b'\0')))
    place = 'BUNDLE-METADATA/com.android.tools.build.libraries/dependencies.pb'
    write('android/package/apps/shop.aab', jar([('base/manifest/AndroidManifest.xml', 'binary'), (place, graph),
                                               ('base/root/META-INF/androidx.core_core.version', '1.12.0\n')]))
    write('android/package/apps/shop.apk', jar([('AndroidManifest.xml', 'binary'), ('META-INF/androidx.core_core.version', '1.12.0\n'),
                                               ('META-INF/androidx.fragment_fragment-ktx.version', "task ':x' property 'version'"), ('classes.dex', 'dex')]))
    write('android/package/apps/alpine.apk', b'\x1f\x8b\x08 a package of Alpine')
    write('android/package/apps/other.apk', jar([('x', 'y')]))
    write('android/package/broken/cut.aab', jar([('base/manifest/AndroidManifest.xml', 'binary'), (place, graph[:-3])]))
    write('android/package/broken/zip.apk', jar([('AndroidManifest.xml', 'binary')])[:-30])


java()
jenkins()
go()
rust()
note()
classifier()
release()
wasm()
models()
dotnet()
windows()
apple()
graal()
kernel()
linkage()
android()
jar_index()
