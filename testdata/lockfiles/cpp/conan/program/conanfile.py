from conan import ConanFile


class Shop(ConanFile):
    name = "shop"
    version = "2.1"
    license = "MIT"
    settings = "os", "compiler"
    requires = "zlib/1.3.1", "openssl/[>=3 <4]"
    python_requires = "buildtools/0.3.0@acme/stable"

    def requirements(self):
        self.requires("boost/1.84.0", headers=True, force="x/y")
        self.requires(f"fmt/{self.fmt_version}")
        # self.requires("commented/1.0")

    def build_requirements(self):
        self.tool_requires("cmake/3.27.7")
        self.test_requires('gtest/1.14.0')
