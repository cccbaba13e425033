import SesameBrokerAPI
import SesameSecrets

/// How the person's browser and this machine come together.
enum LoginWay: Equatable {
    /// This program is started with the URL.
    case browser(String)
    /// The URL is printed, and the browser comes to our port.
    case printed(overSSH: Bool)
    /// The same where nobody asked for it: a code will do, too, if the server has them.
    case elsewhere(overSSH: Bool)
    /// The URL is printed, and the person brings the answer.
    case paste
    /// The person enters a code at the server.
    case device

    var isPaste: Bool { self == .paste }

    /// How the broker calls it.
    var mode: LoginStartMessage.Mode {
        switch self {
        case .browser, .printed: .browser
        case .elsewhere: .elsewhere
        case .paste: .paste
        case .device: .device
        }
    }

    /// Whether the person reads this on another machine than the one that runs us.
    var isOverSSH: Bool {
        switch self {
        case .printed(let isOverSSH), .elsewhere(let isOverSSH): isOverSSH
        case .browser, .paste, .device: false
        }
    }

    /// By the options, else by what the environment allows.
    static func chosen(_ context: Context) throws(Failure) -> LoginWay {
        let environment = context.environment
        let asked = ["paste", "device", "no-browser"].filter { context.arguments.has($0) }
        guard asked.count <= 1 else {
            throw Failure.usage(
                "\(asked.map { "--" + $0 }.joined(separator: " and ")) exclude each other")
        }
        if asked == ["paste"] { return .paste }
        if asked == ["device"] { return .device }
        let isOverSSH =
            environment.given("SSH_CONNECTION") != nil || environment.given("SSH_TTY") != nil
        if asked == ["no-browser"] { return .printed(overSSH: isOverSSH) }
        if let browser = environment.given("BROWSER") {
            guard let program = path(of: browser, environment) else {
                context.output.note("BROWSER names no program: \(browser.sanitised(limit: 80))")
                return .elsewhere(overSSH: isOverSSH)
            }
            return .browser(program)
        }
        let hasDisplay =
            environment.given("DISPLAY") != nil || environment.given("WAYLAND_DISPLAY") != nil
        guard hasDisplay, !isOverSSH,
            let program = ProgramSearch.onPath("xdg-open", environment: environment)
        else { return .elsewhere(overSSH: isOverSSH) }
        return .browser(program)
    }

    private static func path(of browser: String, _ environment: [String: String]) -> String? {
        guard browser.contains("/") else {
            return ProgramSearch.onPath(browser, environment: environment)
        }
        return ProgramSearch.isExecutable(browser) ? browser : nil
    }
}
