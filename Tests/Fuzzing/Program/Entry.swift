import Glibc

/// What libFuzzer calls with each input; `SESAME_FUZZ_TARGET` says which target it is for.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = unsafe Span(_unsafeStart: start, count: count)
    do throws(Violation) { try target.run(bytes) } catch { fatalError(error.description) }
    return 0
}

/// With `SESAME_FUZZ_SEEDS` it writes what every search begins with into that folder, and ends.
@_cdecl("LLVMFuzzerInitialize")
public func begin(
    _ count: UnsafeMutableRawPointer, _ arguments: UnsafeMutableRawPointer
) -> CInt {
    guard let folder = variable("SESAME_FUZZ_SEEDS") else { return 0 }
    for target in FuzzTarget.all {
        unsafe mkdir("\(folder)/\(target.name)", 0o777)
        for (number, seed) in target.seeds.enumerated() {
            write(seed, to: "\(folder)/\(target.name)/seed-\(number)")
        }
    }
    exit(0)
}

private func write(_ bytes: [UInt8], to path: String) {
    guard let file = unsafe fopen(path, "w") else { fatalError("\(path) cannot be written") }
    unsafe fwrite(bytes, 1, bytes.count, file)
    unsafe fclose(file)
}

private func variable(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
}

private let target: FuzzTarget = {
    let wanted = variable("SESAME_FUZZ_TARGET")
    guard let found = FuzzTarget.all.first(where: { $0.name == wanted }) else {
        let names = FuzzTarget.all.map(\.name).joined(separator: " ")
        fatalError("set SESAME_FUZZ_TARGET to one of: \(names)")
    }
    return found
}()
