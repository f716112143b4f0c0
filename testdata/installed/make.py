#!/usr/bin/env python3
"""Writes the archives among the fixtures of this directory anew. All content is made up here; the shapes are those of real
files."""
import hashlib, io, json, os, struct, zipfile

HERE = os.path.dirname(os.path.abspath(__file__))


def write(path, content):
    path = os.path.join(HERE, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as file:
        file.write(content)


def archive(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as file:
        for name, content in members:
            info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(info, content if isinstance(content, (str, bytes)) else json.dumps(content))
    return out.getvalue()


def vscode():
    manifest = {'name': 'Lighthouse', 'publisher': 'Harbour', 'version': '2.0.1', 'license': 'MIT',
                'engines': {'vscode': '^1.80.0'}, 'description': '%description%', 'displayName': 'Lighthouse'}
    about = ('<?xml version="1.0" encoding="utf-8"?>\n'
             '<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">\n'
             '  <Metadata><Identity Language="en-US" Id="Lighthouse" Version="2.0.1" Publisher="Harbour" '
             'TargetPlatform="linux-x64"/></Metadata>\n</PackageManifest>\n')
    write('editor/vscode/archive/harbour.lighthouse-2.0.1.vsix',
          archive([('extension.vsixmanifest', about), ('extension/package.json', manifest)]))
    whole = archive([('extension/package.json', manifest)])
    write('editor/vscode/broken/cut.vsix', whole[:len(whole) // 2])
    write('editor/vscode/broken/other.vsix', archive([('extension/package.json', {'name': 'no-extension'})]))


def jetbrains():
    plugin = '''<idea-plugin url="https://harbour.example/tides">
  <id>com.harbour.tides</id>
  <name>Tide Tables</name>
  <version>1.4.0</version>
  <vendor url="https://harbour.example">Harbour Office</vendor>
  <depends>com.intellij.modules.platform</depends>
  <depends>com.harbour.chart</depends>
  <depends optional="true" config-file="git.xml">Git4Idea</depends>
</idea-plugin>
'''
    chart = '''<idea-plugin><id>com.harbour.chart</id><name>Chart</name><version>0.2</version>
<dependencies><plugin id="Git4Idea"/></dependencies></idea-plugin>'''
    git = '<idea-plugin><id>Git4Idea</id><name>Git</name><vendor>JetBrains</vendor></idea-plugin>'
    base = 'editor/jetbrains/installed/opt/idea/plugins/'
    write(base + 'tides/lib/tides.jar', archive([('META-INF/plugin.xml', plugin)]))
    write(base + 'tides/lib/helper.jar', archive([('META-INF/MANIFEST.MF', 'Manifest-Version: 1.0\r\n\r\n')]))
    write(base + 'git/lib/git.jar', archive([('META-INF/plugin.xml', git)]))
    write(base + 'chart.jar', archive([('META-INF/plugin.xml', chart)]))
    broken = 'editor/jetbrains/broken/plugins/'
    write(broken + 'a/lib/a.jar', archive([('META-INF/plugin.xml', '<!DOCTYPE idea-plugin SYSTEM "x"><idea-plugin/>')]))
    write(broken + 'b/lib/b.jar', archive([('META-INF/plugin.xml', '<idea-plugin><version>1</version></idea-plugin>')]))


def firefox():
    manifest = '''{
  // Comments are allowed.
  "manifest_version": 2, "name": "Fog Blocker", "version": "1.58.0", "author": "Harbour Office",
  "description": "__MSG_extShortDesc__", "homepage_url": "https://harbour.example/fog",
  "browser_specific_settings": { "gecko": { "id": "fog@harbour.example", "strict_min_version": "115.0" } }
}'''
    rdf = '''<?xml version="1.0"?>
<RDF xmlns="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:em="http://www.mozilla.org/2004/em-rdf#">
  <Description about="urn:mozilla:install-manifest">
    <em:id>{ec8030f7-c20a-464f-9b0e-13a3a9e97384}</em:id>
    <em:version>0.8.1</em:version>
    <em:name>Old Compass</em:name>
    <em:creator>Harbour Office</em:creator>
  </Description>
</RDF>
'''
    base = 'browser/extension/firefox/profile/extensions/'
    write(base + 'fog@harbour.example.xpi', archive([('manifest.json', manifest)]))
    write(base + 'tides@harbour.example.xpi', archive([('manifest.json', {'name': 'Tides', 'version': '3.1'})]))
    write(base + 'compass.xpi', archive([('install.rdf', rdf)]))
    write('browser/extension/broken/empty.xpi', archive([('README', 'nothing')]))
    write('browser/extension/broken/cut.xpi', archive([('manifest.json', '{"name": "x", "version": "1",')]))



def asar(tree, cut=None):
    """An asar of nested dicts; a file is bytes, or None for one that lies outside."""
    content = bytearray()

    def node(value):
        if isinstance(value, dict):
            return {'files': {name: node(child) for name, child in value.items()}}
        if value is None:
            return {'size': 7, 'unpacked': True}
        entry = {'size': len(value), 'offset': str(len(content)),
                 'integrity': {'algorithm': 'SHA256', 'hash': hashlib.sha256(value).hexdigest()}}
        content.extend(value)
        return entry

    header = json.dumps(node(tree)).encode()
    padded = header + b'\0' * (-len(header) % 4)
    prefix = struct.pack('<4I', 4, len(padded) + 8, len(padded) + 4, len(header))
    return (prefix + padded + bytes(content))[:cut]


def package(name, version, **more):
    return json.dumps({'name': name, 'version': version, 'license': 'MIT', **more}).encode()


def electron():
    tree = {
        'package.json': package('harbour-desk', '5.1.0', main='main.js', author='Harbour Office <desk@harbour.example>',
                                dependencies={'debug': '^4', '@harbour/chart': '*', 'native': '*'}),
        'main.js': b'require("debug")',
        'src': {'package.json': b'{"type": "module"}'},
        'node_modules': {
            'debug': {'package.json': package('debug', '4.3.4', dependencies={'ms': '2.1.2'}),
                      'node_modules': {'ms': {'package.json': package('ms', '2.1.2')}}},
            'ms': {'package.json': package('ms', '2.0.0')},
            'native': {'package.json': None},
            '@harbour': {'chart': {'package.json': package('@harbour/chart', '1.0.0', dependencies={'ms': '*'}),
                                   'test': {'package.json': package('test', '0.0.0')}}},
        },
    }
    write('javascript/asar/desk/opt/desk/resources/app.asar', asar(tree))
    write('javascript/asar/desk/opt/desk/resources/app.asar.unpacked/node_modules/native/package.json', package('native', '9.0.0'))
    write('javascript/asar/broken/cut.asar', asar(tree, -150))
    write('javascript/asar/broken/short.asar', asar(tree, 300))
    write('javascript/asar/broken/wrong.asar', b'\4\0\0\0' + b'\xff' * 40)


def yarn():
    cache = 'javascript/yarn-cache/plugnplay/app/.yarn/cache/'

    def cached(name, *manifests):
        write(cache + name, archive([(f'node_modules/{path}/package.json', content) for path, content in manifests]))

    cached('debug-npm-4.3.4-4513954577-3dbad3f94e.zip', ('debug', package('debug', '4.3.4', dependencies={'ms': '2.1.2'})))
    cached('ms-npm-2.1.2-ec0c1512ff-673cdb2c31.zip', ('ms', package('ms', '2.1.2')))
    cached('@harbour-chart-npm-1.0.0-aaaaaaaaaa-bbbbbbbbbb.zip',
           ('@harbour/chart', package('@harbour/chart', '1.0.0', dependencies={'debug': '*'}, bundledDependencies=['tide'])),
           ('@harbour/chart/node_modules/tide', package('tide', '0.1.0')),
           ('@harbour/chart/lib', b'{"type": "module"}'))
    write('javascript/yarn-cache/broken/.yarn/cache/empty.zip', archive([('node_modules/x/index.js', '')]))
    write('javascript/yarn-cache/broken/.yarn/cache/cut.zip', archive([('node_modules/x/package.json', package('x', '1'))])[:60])
    write('javascript/yarn-cache/broken/.yarn/cache/half.zip', archive([('node_modules/x/package.json', package('x', '1')[:-4])]))


vscode()
jetbrains()
firefox()
electron()
yarn()
