import SesameBrokerAPI
import SesameSecrets

/// How the person's browser and this machine come together.
enum LoginWay: Equatable {
    /// This program is started with the URL.
    case browser(String)
    /// The URL is printed, and the browser comes to our port.
    case printed(overSSH: Bool)
    /// The URL is printed, and the person brings the answer.
    case paste

    var isPaste: Bool { self == .paste }

    /// By the options, else by what the environment allows.
    static func chosen(_ context: Context) throws(Failure) -> LoginWay {
        let environment = context.environment
        guard !(context.arguments.has("paste") && context.arguments.has("no-browser")) else {
            throw Failure.usage("--paste and --no-browser exclude each other")
        }
        if context.arguments.has("paste") { return .paste }
        let isOverSSH =
            environment.given("SSH_CONNECTION") != nil || environment.given("SSH_TTY") != nil
        if context.arguments.has("no-browser") { return .printed(overSSH: isOverSSH) }
        if let browser = environment.given("BROWSER") {
            guard let program = path(of: browser, environment) else {
                context.output.note("BROWSER names no program: \(browser.sanitised(limit: 80))")
                return .printed(overSSH: isOverSSH)
            }
            return .browser(program)
        }
        let hasDisplay =
            environment.given("DISPLAY") != nil || environment.given("WAYLAND_DISPLAY") != nil
        guard hasDisplay, !isOverSSH,
            let program = ProgramSearch.onPath("xdg-open", environment: environment)
        else { return .printed(overSSH: isOverSSH) }
        return .browser(program)
    }

    private static func path(of browser: String, _ environment: [String: String]) -> String? {
        guard browser.contains("/") else {
            return ProgramSearch.onPath(browser, environment: environment)
        }
        return ProgramSearch.isExecutable(browser) ? browser : nil
    }
}
