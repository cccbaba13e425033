import SesameBroker
import SesameSecrets
import SesameSystem

/// The text that Prometheus reads (exposition format 0.0.4).
struct Exposition {
    static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ""

    /// - Parameters:
    ///   - counts: of all profiles together; `nil` for who may not see them all.
    ///   - outlooks: of the profiles that the reader may see.
    init(_ counts: Metrics.Counts?, _ outlooks: [Outlook], at now: Timestamp) {
        if let counts {
            addRequests(counts)
            addProxies(counts)
            addRenewals(counts)
        }
        addProfiles(outlooks, at: now)
    }

    private mutating func addRequests(_ counts: Metrics.Counts) {
        head("sesame_requests_total", "counter", "Requests that were answered.")
        let answers = counts.answers.sorted {
            ($0.key.path, $0.key.method, $0.key.status)
                < ($1.key.path, $1.key.method, $1.key.status)
        }
        for (answer, count) in answers {
            let labels = [
                ("method", answer.method), ("path", answer.path), ("status", "\(answer.status)"),
            ]
            line("sesame_requests_total", labels, "\(count)")
        }
        add("sesame_request_duration_seconds", "How long requests took.", counts.latency)
    }

    private mutating func addProxies(_ counts: Metrics.Counts) {
        let name = "sesame_proxy_requests_total"
        head(name, "counter", "Requests that proxies have answered.")
        let answers = counts.proxyAnswers.sorted {
            ($0.key.proxy, $0.key.status) < ($1.key.proxy, $1.key.status)
        }
        for (answer, count) in answers {
            line(name, [("proxy", answer.proxy), ("status", "\(answer.status)")], "\(count)")
        }
    }

    private mutating func addRenewals(_ counts: Metrics.Counts) {
        head("sesame_renewals_total", "counter", "Renewals, by how they went.")
        for (outcome, count) in counts.renewals.sorted(by: { $0.key < $1.key }) {
            line("sesame_renewals_total", [("outcome", outcome)], "\(count)")
        }
        add(
            "sesame_renewal_duration_seconds", "How long renewals that went well took.",
            counts.renewalLatency)
    }

    private mutating func addProfiles(_ outlooks: [Outlook], at now: Timestamp) {
        let access = "sesame_access_token_expires_in_seconds"
        head(access, "gauge", "Seconds until the held access token expires.")
        for outlook in outlooks {
            guard let expiry = outlook.accessExpiresAt else { continue }
            line(access, [("profile", outlook.profile)], "\(now.seconds(until: expiry))")
        }
        let login = "sesame_login_expires_in_seconds"
        head(login, "gauge", "Seconds until the login ends, where that is foreseen.")
        for outlook in outlooks {
            guard let forecast = outlook.forecast else { continue }
            let labels = [("profile", outlook.profile), ("source", forecast.source.rawValue)]
            line(login, labels, "\(now.seconds(until: forecast.endsAt))")
        }
        let required = "sesame_login_required"
        head(required, "gauge", "1 where a person must log in again.")
        for outlook in outlooks where outlook.care != .none {
            let value = outlook.care == .renewable ? "0" : "1"
            line(required, [("profile", outlook.profile)], value)
        }
    }

    private mutating func add(_ name: String, _ help: String, _ histogram: Histogram) {
        head(name, "histogram", help)
        var sum: UInt64 = 0
        for (index, count) in histogram.counts.enumerated() {
            sum += count
            let bound =
                index < histogram.bounds.count
                ? "\(Double(histogram.bounds[index]) / 1_000_000)" : "+Inf"
            line("\(name)_bucket", [("le", bound)], "\(sum)")
        }
        let (seconds, attoseconds) = histogram.sum.components
        line("\(name)_sum", [], "\(Double(seconds) + Double(attoseconds) / 1e18)")
        line("\(name)_count", [], "\(sum)")
    }

    private mutating func head(_ name: String, _ kind: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
    }

    /// No value of a label has anything to escape: they are our own words, and names of profiles.
    private mutating func line(
        _ name: String, _ labels: [(name: String, value: String)], _ value: String
    ) {
        let list = labels.map { "\($0.name)=\"\($0.value)\"" }.joined(separator: ",")
        text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(list)} \(value)\n"
    }
}
