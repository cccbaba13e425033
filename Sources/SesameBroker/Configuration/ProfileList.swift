import SesameHTTP
import SesameSecrets
import SesameSystem

/// The profiles of a configuration, each read from its lines when it is asked for.
///
/// The text was checked as a whole, so that none of them can fail. Only the text is kept, and where each
/// profile stands in it: a hundred thousand of them as values would take ten times as much.
package final class ProfileList: Sequence, Sendable {
    let document: INIDocument
    private let folders: ConfigurationFolders
    private let places: [Range<String.Index>]
    private let numbers: [String: Int]
    /// Those that were asked for lately.
    private let recent = Locked<[String: Profile]>([:])
    private static let mostRecent = 1000
    /// Which profiles have a destination at an origin; found out when that is first asked.
    private let origins = Locked<[String: [String]]?>(nil)

    init(
        _ document: INIDocument, _ folders: ConfigurationFolders,
        _ profiles: [(name: String, place: Range<String.Index>)]
    ) {
        self.document = document
        self.folders = folders
        places = profiles.map(\.place)
        numbers = Dictionary(
            profiles.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    package var count: Int { places.count }

    /// In no order.
    var names: some Collection<String> { numbers.keys }

    package func contains(_ name: String) -> Bool { numbers[name] != nil }

    /// The profile of a name.
    package subscript(name: String) -> Profile? {
        if let profile = recent.withLock({ $0[name] }) { return profile }
        guard let number = numbers[name], let profile = read(places[number]) else { return nil }
        recent.withLock { recent in
            if recent.count >= Self.mostRecent { recent.removeAll(keepingCapacity: true) }
            recent[name] = profile
        }
        return profile
    }

    /// The profiles that have a destination at an origin, in the order of the file.
    func names(at origin: String) -> [String] {
        origins.withLock { origins in
            if origins == nil {
                origins = reduce(into: [:]) { origins, profile in
                    for origin in Set(profile.destinations.allowed.map(\.origin)) {
                        origins[origin, default: []].append(profile.name)
                    }
                }
            }
            return origins?[origin] ?? []
        }
    }

    /// In the order of the file.
    package func makeIterator() -> AnyIterator<Profile> {
        AnyIterator(places.lazy.compactMap { self.read($0) }.makeIterator())
    }

    /// What to tell somebody who has asked for a profile that is not here.
    func hints(for name: String) -> [String] {
        if places.isEmpty { return ["make one: sesame setup"] }
        let shown = prefix(Self.mostShown).map(\.name).joined(separator: ", ")
        let others = count - Self.mostShown
        let known = "known profiles: \(shown)" + (others > 0 ? " and \(others) more" : "")
        // Where all fit in the line, whoever reads it sees the nearest.
        guard others > 0, let nearest = nearest(to: name) else { return [known] }
        return ["did you mean \(nearest)?", known]
    }

    private static let mostShown = 20

    /// Names of about this length are compared, up to some thousand: a caller who asks for the wrong name
    /// over and over must not keep the broker busy.
    private func nearest(to name: String) -> String? {
        let length = name.utf8.count
        let candidates = numbers.keys.lazy.filter {
            abs($0.utf8.count - length) <= 1 && $0.utf8.first == name.utf8.first
        }
        return nearestName(to: name, among: candidates.prefix(Self.mostCompared))
    }

    private static let mostCompared = 2000

    private func read(_ place: Range<String.Index>) -> Profile? {
        var profile: Profile?
        try? INIDocument(place, of: document).forEachSection {
            section throws(INIDocument.Refusal) in
            profile = try Profile(section, folders)
        }
        return profile
    }
}

extension Profile {
    /// Reads one section.
    init(
        _ section: INIDocument.Section, _ folders: ConfigurationFolders
    ) throws(INIDocument.Refusal) {
        let name = String(section.name.dropFirst(Self.heading.count))
        do throws(ProfileSettings.Refusal) {
            self.init(
                try ProfileSettings(name: name, entries: section.entries, line: section.line),
                folders: folders)
        } catch {
            throw INIDocument.Refusal(line: error.line ?? section.line, reason: error.reason)
        }
    }

    /// What the name of a profile's section begins with.
    static let heading = "profile "
}
