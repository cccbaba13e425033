package import SesameBroker
import SesameHTTPServer
import SesameSecrets
import SesameSystem

/// The proxies of a broker that lasts, as the configuration has them.
package actor Proxies {
    private let parts: ProxyParts
    private let alarm: @Sendable (String) -> Void
    private var open: [ProxySettings.Place: Proxy] = [:]
    private var loop: EventLoop?

    /// - Parameter alarm: told, in words without a secret, what a person should know.
    package init(_ parts: ProxyParts, alarm: @escaping @Sendable (String) -> Void = { _ in }) {
        self.parts = parts
        self.alarm = alarm
    }

    /// Opens, changes and closes what the configuration says; what is under way goes on.
    package func apply(_ wanted: [ProxySettings]) {
        for (place, proxy) in open where !wanted.contains(where: { $0.place == place }) {
            open[place] = nil
            // A place that moved is free for another one at once.
            proxy.closeListener()
            Task { await proxy.stop(patience: Self.patience) }
        }
        for settings in wanted {
            if let proxy = open[settings.place] {
                proxy.change(to: settings)
            } else {
                begin(settings)
            }
        }
    }

    /// Ends all of them.
    package func stop() async {
        await withTaskGroup(of: Void.self) { group in
            for proxy in open.values {
                proxy.closeListener()
                group.addTask { await proxy.stop(patience: .seconds(10)) }
            }
        }
        open = [:]
    }

    private func begin(_ settings: ProxySettings) {
        let words = "[proxy \(settings.name)]"
        do throws(SystemError) {
            if case .unix(let path) = settings.place {
                do throws(PrivateFile.Failure) {
                    try PrivateFile.makeDirectory(PrivateFile.folder(of: path))
                } catch {
                    return alarm("\(words) cannot have its folder: \(error)")
                }
            }
            open[settings.place] = try Proxy(settings, parts: parts, loop: try commonLoop())
            alarm("\(words) forwards from \(settings.place) to \(settings.target)")
        } catch {
            alarm("\(words) cannot listen on \(settings.place): \(error)")
        }
    }

    private func commonLoop() throws(SystemError) -> EventLoop {
        if let loop { return loop }
        let made = try EventLoop()
        loop = made
        return made
    }

    /// For how long a stream goes on whose proxy is gone from the configuration.
    private static let patience = Duration.seconds(3600)
}
