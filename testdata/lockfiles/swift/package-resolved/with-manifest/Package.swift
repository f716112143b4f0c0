// swift-tools-version: 5.9
import PackageDescription

let package = Package(
    name: "Shop",
    platforms: [.macOS(.v13)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.62.0"),
        .package(path: "../Shared"),
    ],
    targets: [
        .target(name: "Shop", dependencies: [.product(name: "NIO", package: "swift-nio")]),
    ]
)
