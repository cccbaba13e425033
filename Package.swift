// swift-tools-version: 6.2
// Development builds (SESAME_DEVELOPMENT=1, set by the Makefile) treat warnings as errors; source
// releases do not, so that a newer compiler's new warning never breaks a user's build.
import PackageDescription

let libraries: [Target] = [
    .target(name: "CLinux"),
    .systemLibrary(
        name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .target(name: "CWipe"),
    .target(name: "CCurl", dependencies: ["CWipe"]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),

    .target(name: "SesameSecrets"),
    .target(name: "SesameSystem", dependencies: ["CLinux", "SesameSecrets"]),
    .target(name: "SesameJSON", dependencies: ["SesameSecrets"]),
    .target(name: "SesameCrypto", dependencies: ["COpenSSL", "CWipe", "SesameSecrets"]),
    .target(name: "SesameAge", dependencies: ["SesameCrypto", "SesameSecrets"]),
    .target(name: "SesameHTTP", dependencies: ["SesameSecrets"]),
    .target(name: "SesameJOSE", dependencies: ["SesameCrypto", "SesameJSON", "SesameSecrets"]),
    .target(
        name: "SesameOAuth",
        dependencies: [
            "SesameHTTP", "SesameJOSE", "SesameJSON", "SesameSecrets", "SesameSystem",
            "SesameCrypto",
        ]),
    .target(
        name: "SesameCurl", dependencies: ["CCurl", "SesameHTTP", "SesameSecrets", "SesameSystem"]),
    .target(
        name: "SesameHTTPServer",
        dependencies: ["CLinux", "SesameHTTP", "SesameSecrets", "SesameSystem"]),
    .target(
        name: "SesameStore",
        dependencies: [
            "CLinux", "CSQLite", "SesameAge", "SesameCrypto", "SesameJSON", "SesameSecrets",
            "SesameSystem",
        ]),
    .target(
        name: "SesameAudit",
        dependencies: ["CLinux", "SesameCrypto", "SesameJSON", "SesameSecrets", "SesameSystem"]),
    .target(
        name: "SesameImport",
        dependencies: ["SesameCrypto", "SesameHTTP", "SesameJSON", "SesameSecrets"]),
    .target(
        name: "SesameLogin",
        dependencies: ["SesameHTTPServer", "SesameHTTP", "SesameSecrets", "SesameSystem"]),
    .target(
        name: "SesameBroker",
        dependencies: [
            "SesameAudit", "SesameImport", "SesameOAuth", "SesameStore", "SesameLogin",
            "SesameHTTP", "SesameJOSE", "SesameJSON", "SesameCrypto", "SesameSecrets",
            "SesameSystem",
        ]),
    .target(
        name: "SesameBrokerAPI",
        dependencies: ["CLinux", "SesameHTTP", "SesameJSON", "SesameSecrets", "SesameSystem"]),
    .target(
        name: "SesameBrokerServer",
        dependencies: [
            "SesameAudit", "SesameBroker", "SesameBrokerAPI", "SesameCurl", "SesameHTTPServer",
            "SesameHTTP", "SesameImport", "SesameJSON", "SesameStore", "SesameOAuth",
            "SesameCrypto", "SesameSecrets", "SesameSystem",
        ]),
    .target(
        name: "SesameMautic",
        dependencies: ["SesameHTTP", "SesameJSON", "SesameSecrets", "SesameSystem"]),
    .target(
        name: "SesameCommands",
        dependencies: [
            "CLinux", "SesameBrokerAPI", "SesameMautic", "SesameHTTP", "SesameJSON",
            "SesameSecrets",
            "SesameSystem",
        ]),
    .target(
        name: "SesamePlayground",
        dependencies: [
            "SesameHTTPServer", "SesameHTTP", "SesameJOSE", "SesameJSON", "SesameCrypto",
            "SesameSecrets", "SesameSystem",
        ]),
]

let programs: [Target] = [
    // The order is the linker's; see the Makefile.
    .executableTarget(
        name: "sesame", dependencies: ["SesameCommands"], exclude: ["functions.order"]),
    .executableTarget(name: "sesamed", dependencies: ["SesameBrokerServer"]),
    .executableTarget(name: "sesame-playground", dependencies: ["SesamePlayground"]),
]

let tests: [Target] = [
    .target(
        name: "TestSupport",
        dependencies: [
            "CLinux", "SesameStore", "SesameSystem", "SesameSecrets", "SesameHTTP", "SesameCrypto",
        ],
        path: "Tests/TestSupport"),
    .testTarget(name: "SesameSecretsTests", dependencies: ["SesameSecrets"]),
    .testTarget(name: "SesameSystemTests", dependencies: ["SesameSystem", "TestSupport"]),
    .testTarget(
        name: "SesameJSONTests", dependencies: ["SesameJSON", "SesameSystem", "TestSupport"],
        exclude: ["Vectors"]),
    .testTarget(name: "SesameHTTPTests", dependencies: ["SesameHTTP", "TestSupport"]),
    .testTarget(
        name: "SesameCryptoTests",
        dependencies: [
            "COpenSSL", "SesameCrypto", "SesameSecrets", "SesameSystem", "TestSupport",
        ],
        exclude: ["Vectors"]),
    .testTarget(
        name: "SesameAgeTests",
        dependencies: [
            "SesameAge", "SesameCrypto", "SesameSecrets", "SesameSystem", "TestSupport",
        ],
        exclude: ["Vectors"]),
    .testTarget(
        name: "SesameJOSETests",
        dependencies: ["SesameJOSE", "SesameCrypto", "SesameJSON", "SesameSecrets", "TestSupport"],
        exclude: ["Vectors"]),
    // How many signatures a second; see `make bench`.
    .executableTarget(
        name: "signature-bench",
        dependencies: [
            "SesameOAuth", "SesameHTTP", "SesameJOSE", "SesameCrypto", "SesameJSON",
            "SesameSecrets", "SesameSystem",
        ],
        path: "Tests/SignatureBench"),
    // How fast JSON is read; see `make bench`.
    .executableTarget(
        name: "json-bench", dependencies: ["SesameJSON", "SesameSecrets"], path: "Tests/JSONBench"),
    .testTarget(
        name: "SesameOAuthTests", dependencies: ["SesameOAuth", "SesameCurl", "TestSupport"]),
    .testTarget(
        name: "SesameCurlTests", dependencies: ["SesameCrypto", "SesameCurl", "TestSupport"]),
    .testTarget(name: "SesameHTTPServerTests", dependencies: ["SesameHTTPServer", "TestSupport"]),
    // One of several processes on one store.
    .executableTarget(
        name: "store-worker",
        dependencies: ["SesameStore", "SesameCrypto", "SesameSecrets", "SesameSystem"],
        path: "Tests/StoreWorker"),
    // A layer below SQLite that fails on command.
    .target(name: "CFaultVFS", dependencies: ["CSQLite"], path: "Tests/FaultVFS"),
    .testTarget(
        name: "SesameStoreTests",
        dependencies: [
            "store-worker", "SesameStore", "SesameAge", "CFaultVFS", "CSQLite", "TestSupport",
        ]),
    // One of several processes on one trail.
    .executableTarget(
        name: "audit-worker", dependencies: ["SesameAudit", "SesameSecrets", "SesameSystem"],
        path: "Tests/AuditWorker"),
    .testTarget(
        name: "SesameAuditTests",
        dependencies: [
            "audit-worker", "SesameAudit", "SesameCrypto", "SesameJSON", "SesameSecrets",
            "SesameSystem", "TestSupport",
        ]),
    .testTarget(
        name: "SesameImportTests",
        dependencies: [
            "SesameImport", "SesameCrypto", "SesameSecrets", "SesameSystem", "TestSupport",
        ],
        exclude: ["Fixtures"]),
    .testTarget(
        name: "SesameLoginTests", dependencies: ["SesameLogin", "SesameHTTPServer", "TestSupport"]),
    .testTarget(
        name: "SesameBrokerTests",
        dependencies: [
            "SesameAudit", "SesameBroker", "SesameStore", "SesameOAuth", "SesameHTTP",
            "SesameCrypto", "SesameJSON", "SesameSecrets", "SesameSystem", "TestSupport",
        ]),
    .testTarget(name: "SesameBrokerAPITests", dependencies: ["SesameBrokerAPI", "TestSupport"]),
    .testTarget(
        name: "SesameBrokerServerTests",
        dependencies: [
            "SesameAudit", "SesameBrokerServer", "SesameBroker", "SesameBrokerAPI", "SesameStore",
            "SesameCurl",
            "SesameHTTPServer", "SesameHTTP", "SesameJOSE", "SesameJSON", "SesameOAuth",
            "SesameCrypto", "SesameSecrets", "SesameSystem", "SesamePlayground", "TestSupport",
        ],
        exclude: ["Proxies"]),
    .testTarget(
        name: "SesameMauticTests",
        dependencies: [
            "SesameMautic", "SesameOAuth", "SesamePlayground", "SesameHTTPServer", "SesameHTTP",
            "SesameJSON", "SesameSecrets", "SesameSystem", "TestSupport",
        ]),
    .testTarget(
        name: "SesameCommandsTests",
        dependencies: [
            "SesameCommands", "SesameBrokerAPI", "SesameHTTP", "SesameJSON", "SesameSecrets",
            "SesameSystem", "TestSupport",
        ],
        exclude: ["Snapshots"]),
    .testTarget(name: "SesamePlaygroundTests", dependencies: ["SesamePlayground", "TestSupport"]),
    // Drives the built programs, as a user does.
    .testTarget(
        name: "ProgramTests",
        dependencies: [
            "sesame", "sesamed", "sesame-playground", "SesamePlayground", "SesameJSON",
            "SesameSystem", "TestSupport",
        ],
        exclude: ["Scripts"]),
    .testTarget(name: "RepositoryTests", dependencies: ["SesameSystem", "TestSupport"]),
]

// Bytes from outside, tried in large numbers: tests as a rule; with SESAME_FUZZ=1, as `make fuzz` sets it, the program
// that libFuzzer drives.
let readers: [Target.Dependency] = [
    "SesameAge", "SesameBroker", "SesameCommands", "SesameCrypto", "SesameCurl", "SesameHTTP",
    "SesameHTTPServer", "SesameImport", "SesameJOSE", "SesameJSON", "SesameMautic", "SesameOAuth",
    "SesameSecrets",
    "SesameStore", "SesameSystem",
]
let fuzzing: Target =
    Context.environment["SESAME_FUZZ"] == "1"
    ? .executableTarget(
        name: "fuzz", dependencies: readers, path: "Tests/Fuzzing", exclude: ["Tests"],
        swiftSettings: [.unsafeFlags(["-parse-as-library"])])
    : .testTarget(
        name: "FuzzingTests", dependencies: readers + ["TestSupport"], path: "Tests/Fuzzing",
        exclude: ["Program"])

let package = Package(
    name: "sesame",
    products: [
        .library(
            name: "SesameOAuth",
            targets: [
                "SesameOAuth", "SesameCurl", "SesameHTTP", "SesameJOSE", "SesameCrypto",
                "SesameSecrets", "SesameSystem",
            ]),
        .library(name: "SesameBrokerAPI", targets: ["SesameBrokerAPI"]),
        .library(
            name: "SesameMautic",
            targets: ["SesameMautic", "SesameHTTP", "SesameSecrets", "SesameSystem"]),
        .executable(name: "sesame", targets: ["sesame"]),
        .executable(name: "sesamed", targets: ["sesamed"]),
        .executable(name: "sesame-playground", targets: ["sesame-playground"]),
    ],
    targets: libraries + programs + tests + [fuzzing]
)

let isDevelopment = Context.environment["SESAME_DEVELOPMENT"] == "1"
for target in package.targets where target.type != .system && !target.name.hasPrefix("C") {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
            .enableUpcomingFeature("InferIsolatedConformances"),
            .strictMemorySafety(),
        ] + (isDevelopment ? [.treatAllWarnings(as: .error)] : [])
}
