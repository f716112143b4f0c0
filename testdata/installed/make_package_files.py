#!/usr/bin/env python3
"""Writes the fixtures of package files anew. All content is made up here; the shapes are those of real files. The RPM
package is made by rpmbuild from a spec that is written here, and changes with its version."""
import bz2, glob, gzip, io, json, lzma, os, shutil, struct, subprocess, tarfile, tempfile, zipfile, zlib

HERE = os.path.dirname(os.path.abspath(__file__))


def write(path, content):
    path = os.path.join(HERE, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as file:
        file.write(content if isinstance(content, bytes) else content.encode())


def tar(members, end=True):
    out = io.BytesIO()
    archive = tarfile.open(fileobj=out, mode='w', format=tarfile.USTAR_FORMAT)
    for name, content in members:
        content = content if isinstance(content, bytes) else content.encode()
        info = tarfile.TarInfo(name)
        info.size, info.mtime = len(content), 1700000000
        archive.addfile(info, io.BytesIO(content))
    length = archive.offset
    archive.close()
    return out.getvalue()[:None if end else length]


def gz(data):
    return gzip.compress(data, mtime=0)


def zstd(data):
    return subprocess.run(['zstd', '-q', '-c'], input=data, stdout=subprocess.PIPE, check=True).stdout


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content)
    return out.getvalue()


def ar(members):
    out = b'!<arch>\n'
    for name, content in members:
        out += f'{name:<16}{1700000000:<12}{0:<6}{0:<6}{"100644":<8}{len(content):<10}`\n'.encode() + content + b'\n' * (len(content) % 2)
    return out


def deb():
    control = lambda name, version, needs, extra='': (f'Package: {name}\nVersion: {version}\nArchitecture: amd64\nMaintainer: A Person <a@example.org>\n'
                                                      f'Depends: {needs}\nHomepage: https://example.org/\n{extra}Description: a thing\n more words\n')
    package = lambda control, pack, suffix: ar([('debian-binary', b'2.0\n'), ('control.tar' + suffix, pack(tar([('./md5sums', 'x'), ('./control', control)]))), ('data.tar' + suffix, pack(tar([])))])
    release = 'ID=debian\nVERSION_ID="12"\n'
    place = 'os/deb-file/packages'
    write(f'{place}/etc/os-release', release)
    write(f'{place}/var/cache/apt/archives/tiny_1%3a1.0-1_amd64.deb', package(control('tiny', '1:1.0-1', 'libtiny1 (>= 1.0), none', 'Source: tiny-source (1.0-1)\nProvides: smallest\n'), lzma.compress, '.xz'))
    write(f'{place}/opt/libtiny1_1.0-1_amd64.deb', package(control('libtiny1', '1.0-1', 'libc6', 'License: MIT\n'), zstd, '.zst'))
    write(f'{place}/opt/user.udeb', package(control('user', '2', 'smallest'), gz, '.gz'))
    write(f'{place}/opt/net_1.ipk', gz(tar([('./debian-binary', '2.0\n'), ('./control.tar.gz', gz(tar([('./control', 'Package: net\nVersion: 1-r2\nArchitecture: mips_24kc\n')])))])))
    whole = package(control('torn', '1', ''), gz, '.gz')
    write('os/deb-file/broken/cut.deb', whole[:200])
    write('os/deb-file/broken/empty.deb', b'')
    write('os/deb-file/broken/number.deb', b'!<arch>\n' + b'x' * 60)
    write('os/deb-file/broken/other.deb', 'not a package\n')


def rpm():
    with tempfile.TemporaryDirectory() as top:
        spec = os.path.join(top, 'tiny.spec')
        with open(spec, 'w') as file:
            file.write('Name: tiny\nVersion: 1.2\nRelease: 3\nEpoch: 1\nSummary: A tiny package\nLicense: MIT\nURL: https://example.org/\nBuildArch: noarch\nVendor: Example\nRequires: tiny-libs >= 1\n'
                       '%description\nTiny.\n%package libs\nSummary: Its files\n%description libs\nTiny.\n%install\nmkdir -p %{buildroot}/usr/share/tiny\necho a > %{buildroot}/usr/share/tiny/a\n'
                       '%files\n/usr/share/tiny/a\n%files libs\n')
        macros = {'_topdir': top, '_buildhost': 'localhost', 'use_source_date_epoch_as_buildtime': '1', 'clamp_mtime_to_source_date_epoch': '1', '_build_id_links': 'none'}
        defines = [part for key, value in macros.items() for part in ('--define', f'{key} {value}')]
        subprocess.run(['rpmbuild', '-ba', '--quiet', *defines, spec], check=True, env={**os.environ, 'SOURCE_DATE_EPOCH': '1700000000'})
        for path in glob.glob(f'{top}/RPMS/*/*.rpm') + glob.glob(f'{top}/SRPMS/*.rpm'):
            write(f'os/rpm-file/packages/{os.path.basename(path)}', open(path, 'rb').read())
            whole = open(path, 'rb').read()
    write('os/rpm-file/broken/cut.rpm', whole[:300])
    write('os/rpm-file/broken/other.rpm', 'not a package\n')
    write('os/rpm-file/broken/length.rpm', whole[:104] + b'\xff' * 8 + whole[112:])


def adb(name, version, needs):
    block = bytearray(8)

    def blob(text):
        offset = len(block)
        block.extend(bytes([len(text)]) + text.encode())
        return 0x80000000 | offset

    def slots(kind, values):
        block.extend(b'\0' * (-len(block) % 4))
        offset = len(block)
        block.extend(struct.pack(f'<{len(values) + 1}I', len(values) + 1, *values))
        return kind | offset

    dependencies = [slots(0xe0000000, [blob(need.lstrip('!')), 0, 0x10000000 | (16 + 4 if need.startswith('!') else 4)]) for need in needs]
    info = [blob(name), blob(version), 0, blob('A tiny thing'), blob('aarch64'), blob('MIT'), blob(name), blob('A Person <a@example.org>'), blob('https://example.org/'),
            0, 0x10000001, 0x10000001, 0x10000001, 0, slots(0xd0000000, dependencies), slots(0xd0000000, [slots(0xe0000000, [blob('cmd:' + name)])])]
    root = slots(0xe0000000, [slots(0xe0000000, info)])
    block[4:8] = struct.pack('<I', root)
    payload = struct.pack('<I', len(block) + 4) + bytes(block)
    return b'ADB.pckg' + payload + b'\0' * (-len(payload) % 8)


def apk():
    info = lambda name, version, needs: f'# Generated by abuild\npkgname = {name}\npkgver = {version}\npkgdesc = A tiny thing\nurl = https://example.org/\narch = x86_64\nlicense = MIT\norigin = tiny\nmaintainer = A Person <a@example.org>\n' + ''.join(f'depend = {need}\n' for need in needs) + f'provides = cmd:{name}={version}\n'
    version2 = lambda *arguments: gz(tar([('.SIGN.RSA.key', 'x')], end=False)) + gz(tar([('.PKGINFO', info(*arguments))], end=False)) + gz(tar([('usr/bin/x', 'x')]))
    place = 'os/apk-file/packages'
    write(f'{place}/tiny-1.0-r0.apk', version2('tiny', '1.0-r0', ['tiny-libs>=1', '!old', 'so:libc.musl-x86_64.so.1']))
    write(f'{place}/etc/os-release', 'ID=alpine\nVERSION_ID=3.19.0\n')
    write(f'{place}/var/cache/apk/tiny-libs-1.0-r0.12345678.apk', version2('tiny-libs', '1.0-r0', []))
    plain = adb('three', '3.0-r1', ['cmd:three-deflated', '!tiny'])
    write(f'{place}/three.apk', plain)
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    write(f'{place}/deflated.apk', b'ADBd' + raw.compress(adb('three-deflated', '3.0-r1', [])) + raw.flush())
    write(f'{place}/zstd.apk', b'ADBc\x02\x03' + zstd(adb('three-zstd', '3.0-r1', ['tiny>=1'])))
    write(f'{place}/android.apk', zipped([('AndroidManifest.xml', b'x')]))
    write('os/apk-file/broken/cut.apk', plain[:100])
    write('os/apk-file/broken/root.apk', plain[:16] + b'\xff' * 4 + plain[20:])
    write('os/apk-file/broken/long.apk', plain[:8] + b'\xff\xff\xff\xff' + plain[12:])
    write('os/apk-file/broken/cut2.apk', version2('torn', '1', [])[:150])


def alpm():
    info = lambda name, needs: f'# Generated by makepkg 6.0.2\npkgname = {name}\npkgbase = tiny\nxdata = pkgtype=split\npkgver = 1:1.0-1\npkgdesc = A tiny thing\nurl = https://example.org/\nbuilddate = 1700000000\npackager = A Person <a@example.org>\nsize = 1\narch = x86_64\nlicense = MIT\nlicense = Apache-2.0\n' + ''.join(f'depend = {need}\n' for need in needs) + 'optdepend = none: for nothing\n'
    package = lambda name, needs: tar([('.BUILDINFO', 'x'), ('.MTREE', b'\x1f\x8b'), ('.PKGINFO', info(name, needs)), ('usr/bin/x', 'x')])
    write('os/alpm-file/packages/tiny-1:1.0-1-x86_64.pkg.tar.zst', zstd(package('tiny', ['tiny-libs=1:1.0', 'glibc'])))
    write('os/alpm-file/packages/tiny-libs-1:1.0-1-x86_64.pkg.tar.xz', lzma.compress(package('tiny-libs', [])))
    write('os/alpm-file/broken/cut.pkg.tar.zst', zstd(package('torn', []))[:60])
    write('os/alpm-file/broken/none.pkg.tar.gz', gz(tar([('a', 'b')])))


def nupkg():
    nuspec = lambda name, version, needs: f'''\ufeff<?xml version="1.0"?>
<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"><metadata><id>{name}</id><version>{version}</version><authors>A Person</authors>
<license type="expression">MIT</license><projectUrl>https://example.org/</projectUrl><description>A tiny thing</description>
<dependencies><group targetFramework="net8.0">{''.join(f'<dependency id="{need}" version="[1.0,)" />' for need in needs)}</group></dependencies></metadata></package>'''.encode()
    package = lambda *arguments: zipped([('_rels/.rels', b'x'), (arguments[0] + '.nuspec', nuspec(*arguments)), ('lib/net8.0/Tiny.dll', b'MZ'), ('content/other.nuspec', b'x')])
    write('dotnet/nupkg/packages/Tiny.1.0.0.nupkg', package('Tiny', '1.0', ['Tiny.Core', 'Absent']))
    write('dotnet/nupkg/packages/tiny.core.2.0.0.nupkg', package('Tiny.Core', '2.0.0+build', []))
    write('dotnet/nupkg/broken/cut.nupkg', package('Torn', '1', [])[:-30])
    write('dotnet/nupkg/broken/none.nupkg', zipped([('a', b'b')]))


def gem():
    metadata = lambda name, needs: f'''--- !ruby/object:Gem::Specification
name: {name}
version: !ruby/object:Gem::Version
  version: 1.2.3
platform: ruby
authors:
- A Person
bindir: bin
dependencies:{''.join(f"""
- !ruby/object:Gem::Dependency
  name: {need}
  requirement: !ruby/object:Gem::Requirement
    requirements:
    - - "~>"
      - !ruby/object:Gem::Version
        version: '1.0'
  type: :{kind}""" for need, kind in needs) or ' []'}
description: A long text
homepage: https://example.org/
licenses:
- MIT
metadata:
  source_code_uri: https://example.org/git
required_ruby_version: !ruby/object:Gem::Requirement
  requirements:
  - - ">="
    - !ruby/object:Gem::Version
      version: '2.5'
summary: A tiny thing
'''.encode()
    package = lambda *arguments: tar([('metadata.gz', gz(metadata(*arguments))), ('data.tar.gz', gz(tar([]))), ('checksums.yaml.gz', gz(b'---\n'))])
    write('ruby/gem-file/packages/tiny-1.2.3.gem', package('tiny', [('tiny-core', 'runtime'), ('other', 'development'), ('absent', 'runtime')]))
    write('ruby/gem-file/packages/tiny-core-1.2.3.gem', package('tiny-core', []))
    write('ruby/gem-file/packages/other-1.2.3.gem', package('other', []))
    write('ruby/gem-file/broken/none.gem', tar([('data.tar.gz', b'')]))
    write('ruby/gem-file/broken/yaml.gem', tar([('metadata.gz', gz(b'--- !ruby/object:Gem::Specification\nname: [\n'))]))
    write('ruby/gem-file/broken/bomb.gem', tar([('metadata.gz', gz(b'a' * (17 << 20)))]))


def crate():
    manifest = lambda name, more: f'[package]\nedition = "2021"\nname = "{name}"\nversion = "0.3.1"\nauthors = ["A Person <a@example.org>"]\ndescription = """\nA tiny thing\n"""\nlicense = "MIT/Apache-2.0"\nrepository = "https://example.org/git"\n{more}'
    package = lambda name, more='': gz(tar([(f'{name}-0.3.1/.cargo_vcs_info.json', json.dumps({'git': {'sha1': '1' * 40}, 'path_in_vcs': ''}, indent=2)),
                                         (f'{name}-0.3.1/Cargo.toml', manifest(name, more)), (f'{name}-0.3.1/tests/x/Cargo.toml', '[package]\nname = "no"\n')]))
    write('rust/crate-file/packages/tiny-0.3.1.crate', package('tiny', '[dependencies.core]\nversion = "0.3"\npackage = "tiny-core"\n\n[dependencies.serde]\nversion = "1"\noptional = true\n\n[dev-dependencies.helper]\nversion = "1"\n\n[target."cfg(unix)".build-dependencies.tiny-build]\nversion = "0.3"\n'))
    write('rust/crate-file/packages/tiny-core-0.3.1.crate', package('tiny-core'))
    write('rust/crate-file/packages/tiny-build-0.3.1.crate', package('tiny-build'))
    write('rust/crate-file/packages/helper-0.3.1.crate', package('helper'))
    write('rust/crate-file/broken/cut.crate', package('torn')[:80])
    write('rust/crate-file/broken/none.crate', gz(tar([('a/b', 'c')])))


def conda():
    index = lambda name, needs: json.dumps({'arch': 'x86_64', 'build': 'h1_0', 'build_number': 0, 'depends': needs, 'license': 'MIT', 'name': name, 'platform': 'linux', 'subdir': 'linux-64', 'version': '1.2.3'}, indent=2)
    about = json.dumps({'home': 'https://example.org/', 'dev_url': 'https://example.org/git', 'summary': 'A tiny thing'})
    info = lambda *arguments: tar([('info/index.json', index(*arguments)), ('info/about.json', about), ('info/files', 'x')])
    write('conda/package-file/packages/tiny-1.2.3-h1_0.conda', zipped([('metadata.json', b'{"conda_pkg_format_version": 2}'), ('pkg-tiny-1.2.3-h1_0.tar.zst', zstd(tar([]))), ('info-tiny-1.2.3-h1_0.tar.zst', zstd(info('tiny', ['libtiny >=1.2,<2.0a0', '__glibc >=2.17', 'python_abi 3.11.* *_cp311'])))]))
    write('conda/package-file/packages/opt/conda/pkgs/libtiny-1.2.3-h1_0.tar.bz2', bz2.compress(info('libtiny', [])))
    write('conda/package-file/packages/src/tiny-1.2-3.tar.bz2', bz2.compress(tar([('a', 'b')])))
    write('conda/package-file/broken/cut.conda', zipped([('info-torn.tar.zst', zstd(info('torn', []))[:40])]))
    write('conda/package-file/broken/none.conda', zipped([('metadata.json', b'{}')]))
    write('conda/package-file/broken/noarch/a-1-0.tar.bz2', bz2.compress(tar([('info/index.json', '{"name": "a", "version": 1, ')])))


for make in [deb, rpm, apk, alpm, nupkg, gem, crate, conda]:
    make()
for case in glob.glob(f'{HERE}/os/*-file/*') + [f'{HERE}/{name}/{case}' for name in ['dotnet/nupkg', 'ruby/gem-file', 'rust/crate-file', 'conda/package-file'] for case in ['packages', 'broken']]:
    open(f'{case}/expected.json', 'a').close()
