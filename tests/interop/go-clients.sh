#!/usr/bin/env bash
# Plimsoll and cosign, the client in Go, verify what the other signed: files and images, at a private Sigstore.
#
# Run it by hand; it is no part of CI, which has no cosign. Nothing leaves the machine: the services are those of
# `plimsoll dev-stack`, the registry is docker-registry on loopback.
#
#     cargo build -p plimsoll
#     go install github.com/sigstore/cosign/v3/cmd/cosign@latest     # needs the Go that its go.mod names
#     PLIMSOLL=target/debug/plimsoll COSIGN="$(go env GOPATH)/bin/cosign" tests/interop/go-clients.sh
#
# PLIMSOLL and COSIGN are looked for in PATH when they are not given. Also needed: docker-registry (the Debian package; without
# it images are passed over, which is said), curl, jq, sha256sum. cosign has to be 3.0 or newer, for --signing-config.
#
# Each line that it prints is `ok` or `FAILED`, and what was done; it ends with 1 if something failed. The output of what
# failed follows it. What is checked:
#
#   - a file that Plimsoll signed, in each version of Rekor, verifies with cosign, and a changed one does not;
#   - a file that cosign signed verifies with Plimsoll, and a changed one does not;
#   - the same for a statement about a file;
#   - an image that Plimsoll signed or attested verifies with cosign: as bundle, and in the layout of cosign 2;
#   - an image that cosign signed verifies with Plimsoll.
set -euo pipefail

plimsoll=$(command -v "${PLIMSOLL:-plimsoll}") || { echo "there is no plimsoll: set PLIMSOLL" >&2; exit 2; }
cosign=$(command -v "${COSIGN:-cosign}") || { echo "there is no cosign: set COSIGN" >&2; exit 2; }
plimsoll=$(realpath "$plimsoll") cosign=$(realpath "$cosign")
for program in curl jq sha256sum; do
    command -v "$program" > /dev/null || { echo "there is no $program" >&2; exit 2; }
done

work=$(mktemp -d)
children=()
finish() {
    for child in ${children[@]+"${children[@]}"}; do kill "$child" 2> /dev/null || true; done
    rm -rf "$work"
}
trap finish EXIT
cd "$work"
# Neither client finds what the user has: credentials, trust, a key's password.
export HOME="$work/home" DOCKER_CONFIG="$work/home" COSIGN_PASSWORD=''
mkdir "$HOME"

failures=0
# check NAME COMMAND...: the command has to succeed.
check() {
    local name=$1; shift
    if "$@" > output 2>&1; then echo "ok      $name"; else
        echo "FAILED  $name"; sed 's/^/        /' output; failures=$((failures + 1)); fi
}
# refuse NAME COMMAND...: the command has to fail.
refuse() {
    local name=$1; shift
    if "$@" > output 2>&1; then echo "FAILED  $name: it was accepted"; failures=$((failures + 1)); else
        echo "ok      $name"; fi
}
# wait_for FILE PROGRAM: the program says something there, or has ended.
wait_for() {
    for _ in $(seq 100); do [ -s "$1" ] && return 0; sleep 0.1; done
    echo "$2 does not start" >&2; exit 2
}

# The private Sigstore. It runs until its standard input ends.
mkfifo hold
"$plimsoll" dev-stack --dir sigstore --format json < hold > started.json 2> dev-stack.log &
children+=($!)
exec 9> hold
wait_for started.json "plimsoll dev-stack"
identity=$(jq -r .identity started.json)
issuer=$(jq -r .issuer started.json)
for version in 1 2; do
    jq ".rekorTlogUrls |= map(select(.majorApiVersion == $version))" sigstore/signing_config.json > "signing_config.$version.json"
done

trusted=(--trusted-root sigstore/trusted_root.json)
ours=("${trusted[@]}" --identity "$identity" --issuer "$issuer")
theirs=("${trusted[@]}" --certificate-identity "$identity" --certificate-oidc-issuer "$issuer")
plimsoll_signs=("${trusted[@]}" --identity-token-file sigstore/token)
cosign_signs=("${trusted[@]}" --identity-token sigstore/token --yes)

echo ship > artifact
echo other > other
echo '{"result":"PASSED"}' > predicate.json
type=https://in-toto.io/attestation/test-result/v0.1

for version in 1 2; do
    config=(--signing-config "signing_config.$version.json")
    log="Rekor $version"

    check "plimsoll signs a file, $log" \
        "$plimsoll" sign artifact --bundle ours.json "${config[@]}" "${plimsoll_signs[@]}"
    check "cosign verifies it, $log" "$cosign" verify-blob artifact --bundle ours.json "${theirs[@]}"
    refuse "cosign refuses another file, $log" "$cosign" verify-blob other --bundle ours.json "${theirs[@]}"

    check "plimsoll attests a file, $log" "$plimsoll" attest artifact --type "$type" --predicate predicate.json \
        --bundle ours.intoto.json "${config[@]}" "${plimsoll_signs[@]}"
    check "cosign verifies the statement, $log" \
        "$cosign" verify-blob-attestation artifact --type "$type" --bundle ours.intoto.json "${theirs[@]}"
    refuse "cosign refuses it for another file, $log" \
        "$cosign" verify-blob-attestation other --type "$type" --bundle ours.intoto.json "${theirs[@]}"

    check "cosign signs a file, $log" \
        "$cosign" sign-blob artifact --bundle theirs.json "${config[@]}" "${cosign_signs[@]}"
    check "plimsoll verifies it, $log" "$plimsoll" verify artifact --bundle theirs.json "${ours[@]}"
    refuse "plimsoll refuses another file, $log" "$plimsoll" verify other --bundle theirs.json "${ours[@]}"

    check "cosign attests a file, $log" "$cosign" attest-blob artifact --type "$type" --predicate predicate.json \
        --bundle theirs.intoto.json "${config[@]}" "${cosign_signs[@]}"
    check "plimsoll verifies the statement, $log" \
        "$plimsoll" verify artifact --type "$type" --bundle theirs.intoto.json "${ours[@]}"
done

if ! command -v docker-registry > /dev/null; then
    echo "images are passed over: there is no docker-registry"
    exit $((failures > 0))
fi
cat > registry.yml <<CONFIG
version: 0.1
storage: { filesystem: { rootdirectory: $work/registry } }
http: { addr: 127.0.0.1:0 }
CONFIG
docker-registry serve registry.yml > registry.log 2>&1 &
children+=($!)
for _ in $(seq 100); do
    host=$(sed -n 's/.*listening on \(127\.0\.0\.1:[0-9]*\).*/\1/p' registry.log | head -n 1)
    [ -n "$host" ] && break
    sleep 0.1
done
[ -n "$host" ] || { echo "docker-registry does not start" >&2; exit 2; }

# push_blob FILE: puts it into the repository of $repository, and says its digest.
push_blob() {
    local digest location
    digest=sha256:$(sha256sum < "$1" | cut -d ' ' -f 1)
    location=$(curl -sS -X POST -D - -o /dev/null "http://$host/v2/$repository/blobs/uploads/" |
        tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
    curl -sSf -X PUT -H 'Content-Type: application/octet-stream' --data-binary "@$1" "$location&digest=$digest" > /dev/null
    echo "$digest"
}
# push_image NAME: an image of its own in a repository of its own; $image is its name with digest.
push_image() {
    repository=$1
    echo "layer of $1" > layer
    printf '{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
        "$(sha256sum < layer | cut -d ' ' -f 1)" > config
    local oci=application/vnd.oci.image
    jq -cn --arg config "$(push_blob config)" --arg layer "$(push_blob layer)" \
        --argjson config_size "$(wc -c < config)" --argjson layer_size "$(wc -c < layer)" --arg oci "$oci" \
        '{schemaVersion: 2, mediaType: "\($oci).manifest.v1+json",
          config: {mediaType: "\($oci).config.v1+json", digest: $config, size: $config_size},
          layers: [{mediaType: "\($oci).layer.v1.tar", digest: $layer, size: $layer_size}]}' > manifest
    curl -sSf -X PUT -H "Content-Type: $oci.manifest.v1+json" --data-binary @manifest \
        "http://$host/v2/$repository/manifests/latest" > /dev/null
    image=$host/$repository@sha256:$(sha256sum < manifest | cut -d ' ' -f 1)
}

for version in 1 2; do
    config=(--signing-config "signing_config.$version.json")
    log="Rekor $version"

    push_image "ours/v$version"
    check "plimsoll signs an image, $log" "$plimsoll" sign "registry:$image" "${config[@]}" "${plimsoll_signs[@]}"
    check "cosign verifies it, $log" "$cosign" verify "$image" "${theirs[@]}"
    check "plimsoll attests an image, $log" "$plimsoll" attest "registry:$image" --type "$type" \
        --predicate predicate.json "${config[@]}" "${plimsoll_signs[@]}"
    check "cosign verifies the statement, $log" "$cosign" verify-attestation "$image" --type "$type" "${theirs[@]}"

    push_image "theirs/v$version"
    check "cosign signs an image, $log" "$cosign" sign "$image" "${config[@]}" "${cosign_signs[@]}"
    check "plimsoll verifies it, $log" "$plimsoll" verify "registry:$image" "${ours[@]}"
    push_image "nobody/v$version"
    refuse "plimsoll refuses an image that nobody signed, $log" "$plimsoll" verify "registry:$image" "${ours[@]}"
done

# The layout of cosign 2 keeps promises of Rekor 1.
push_image ours/older
config=(--signing-config signing_config.1.json)
older=(--new-bundle-format=false "${theirs[@]}")
check "plimsoll signs an image in the layout of cosign 2" \
    "$plimsoll" sign "registry:$image" --cosign-layout "${config[@]}" "${plimsoll_signs[@]}"
check "cosign verifies it" "$cosign" verify "$image" "${older[@]}"
check "plimsoll attests an image in the layout of cosign 2" "$plimsoll" attest "registry:$image" --cosign-layout \
    --type "$type" --predicate predicate.json "${config[@]}" "${plimsoll_signs[@]}"
check "cosign verifies the statement" "$cosign" verify-attestation "$image" --type "$type" "${older[@]}"
check "plimsoll verifies all of it" "$plimsoll" verify "registry:$image" "${ours[@]}"

[ "$failures" -eq 0 ] || { echo "$failures failed"; exit 1; }
