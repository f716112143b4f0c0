FetchContent_Declare(unknown GIT_REPOSITORY ${MIRROR}/x.git GIT_TAG v1)
FetchContent_Declare(floating GIT_REPOSITORY https://github.com/a/b.git GIT_TAG ${TAG})
FetchContent_Declare(hash URL https://example.org/x.zip URL_HASH SHA256=12)
FetchContent_Declare()
CPMAddPackage("plain")
FetchContent_Declare(open GIT_REPOSITORY https://github.com/c/d.git GIT_TAG "v2
