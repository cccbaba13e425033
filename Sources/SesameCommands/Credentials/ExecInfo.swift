import SesameJSON
import SesameSecrets

/// What kubectl says to its credential plugin, in the variable `KUBERNETES_EXEC_INFO`.
struct ExecInfo {
    /// The version of the answer that it wants.
    let apiVersion: String
    /// The address of the cluster, where the configuration says `provideClusterInfo: true`.
    let server: String?
    /// Whether a person may be asked; `nil` where it does not say, as kubectl before 1.22.
    let isInteractive: Bool?

    private static let group = "client.authentication.k8s.io/"

    /// - Parameter variable: `nil` where nobody has set it, as in a shell.
    init(_ variable: String?) throws(Failure) {
        guard let variable else {
            self.init(apiVersion: Self.group + "v1", server: nil, isInteractive: nil)
            return
        }
        guard let json = try? JSON(parsing: Secret(utf8: variable)), json.isObject,
            json["kind"]?.string == "ExecCredential", let version = json["apiVersion"]?.string
        else {
            throw Failure.usage("KUBERNETES_EXEC_INFO is no ExecCredential")
        }
        guard ["v1", "v1beta1"].contains(where: { version == Self.group + $0 }) else {
            throw Failure.usage(
                "KUBERNETES_EXEC_INFO asks for \(version.sanitised(limit: 80)), which is not known",
                hints: ["in the kubeconfig: apiVersion: \(Self.group)v1"])
        }
        let spec = json["spec"]
        self.init(
            apiVersion: version, server: try Self.server(of: spec?["cluster"]),
            isInteractive: spec?["interactive"]?.bool)
    }

    /// A cluster that is told of is one that can be checked, or nothing is given.
    private static func server(of cluster: JSON?) throws(Failure) -> String? {
        guard let cluster else { return nil }
        guard let server = cluster["server"]?.string, !server.isEmpty else {
            throw Failure.usage("the cluster in KUBERNETES_EXEC_INFO has no address")
        }
        guard cluster["insecure-skip-tls-verify"]?.bool != true else {
            throw Failure.usage(
                "kubectl would show the token to whoever answers: insecure-skip-tls-verify is set",
                hints: ["name the cluster's certificate-authority in the kubeconfig"])
        }
        return server
    }

    private init(apiVersion: String, server: String?, isInteractive: Bool?) {
        self.apiVersion = apiVersion
        self.server = server
        self.isInteractive = isInteractive
    }
}
