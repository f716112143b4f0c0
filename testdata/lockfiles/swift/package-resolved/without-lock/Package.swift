// swift-tools-version: 5.9
import PackageDescription
let package = Package(
    name: "Tool",
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", "1.0.0"..<"2.0.0"),
        .package(name: "Nimble", url: "git@github.com:Quick/Nimble.git", .upToNextMajor(from: "13.0.0")),
        .package(id: "mona.LinkedList", exact: "1.1.1"),
    ]
)
