import re,glob
for p in glob.glob('Sources/SesameCommands/**/*.swift',recursive=True):
    s=open(p).read()
    s=re.sub(r'Failure\(\s*\.usage,\s*','Failure.usage(',s)
    open(p,'w').write(s)
def sub(p,*pairs):
    p='Sources/SesameCommands/'+p
    s=open(p).read()
    for a,b in pairs:
        assert a in s,(p,a)
        s=s.replace(a,b)
    open(p,'w').write(s)
sub('Failure.swift',('''    /// The person pressed Ctrl-C.''','''    /// What was typed cannot be done.
    package static func usage(_ message: String, hints: [String] = []) -> Failure {
        Failure(.usage, message, hints: hints)
    }

    /// The same failure with one more hint.
    func adding(hint: String) -> Failure {
        var copy = self
        copy.hints.append(hint)
        return copy
    }

    /// The person pressed Ctrl-C.'''))
sub('Program.swift',('''
extension Failure {
    func adding(hint: String) -> Failure {
        var copy = self
        copy.hints.append(hint)
        return copy
    }
}
''',''),('package import SesameBrokerAPI\nimport SesameSecrets\n\n',''),('''        do {
            let arguments = try''','''        do throws(Failure) {
            let arguments = try'''))
sub('CommandLine/CommandTable.swift',('/// Every','import SesameSecrets\n\n/// Every'))
sub('Commands/Header.swift',('import SesameSecrets','import SesameHTTP\nimport SesameSecrets'),('''        switch field.value {
        case .plain(let text): line.append(text)
        case .secret(let secret): line.append(secret)
        }''','''        switch field.value {
        case .plain(let text): line.append(text)
        case .secret(let secret): line.append(secret)
        }'''))
sub('Commands/Login.swift',('''            do {
                let companion''','''            do throws(Failure) {
                let companion'''))
sub('Commands/Logout.swift',('''    try context.output.line(
        switch (message.revoked, message.forgotten) {
        case (true, true): "revoked at the server, and forgotten here"
        case (false, true): "forgotten here; not revoked at the server"
        case (true, false): "revoked at the server; nothing was stored here"
        case (false, false): "nothing was stored"
        })
''','''    let words =
        switch (message.revoked, message.forgotten) {
        case (true, true): "revoked at the server, and forgotten here"
        case (false, true): "forgotten here; not revoked at the server"
        case (true, false): "revoked at the server; nothing was stored here"
        case (false, false): "nothing was stored"
        }
    try context.output.line(words)
'''))
sub('Commands/SetupGuide.swift',('''        let name = try given ?? askName(suggestion: isMautic ? Self.name(for: url) : "work")
''','''        let suggestion = isMautic ? Self.name(for: url) : "work"
        let name = if let given { given } else { try askName(suggestion: suggestion) }
'''))
sub('Output/Output.swift',('import SesameJSON','package import SesameJSON'))
sub('Terminal/SystemTerminal.swift',('throw Failure(.internal, "\\(error) the output")','throw .lostOutput(error)'))
sub('Failure.swift',('''    /// The same failure with''','''    /// Data that was asked for did not arrive, such as on a full disk.
    static func lostOutput(_ error: SystemError) -> Failure {
        Failure(.internal, "\\(error) the output")
    }

    /// The same failure with'''),('package import SesameBrokerAPI','package import SesameBrokerAPI\nimport SesameSystem'))
sub('Commands/Contact.swift',('run: createContact)','run: create)'),('private func createContact(','private func create('))
sub('Commands/Request.swift',('private func print(','private func show('),('try print(answer','try show(answer'))
sub('Diagnosis.swift',('import SesameSecrets\n','import SesameMautic\nimport SesameSecrets\n'),('''    /// A profile's name as it can''','''    /// What Mautic said, which is sanitised already, or why it was not asked.
    init(_ error: MauticError, profile: String?) {
        let code: Problem.Code =
            switch error.code {
            case .invalidDraft: .usage
            case .unauthorised(.token): .loginRequired
            case .rateLimited, .temporary, .transport: .temporary
            case .validation, .notPermitted, .notFound, .unauthorised, .apiDisabled, .basicDisabled,
                .badResponse, .refused:
                .serverRefused
            }
        let own = code == .loginRequired ? code.hints(profile: profile.map(Self.quoted)) : []
        self.init(code, error.message.asMessage, hints: error.hints + own)
    }

    /// A profile's name as it can'''))
