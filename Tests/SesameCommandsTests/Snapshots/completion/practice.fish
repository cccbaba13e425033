# Completion of sesame for fish, made by: sesame completion fish

# Prints the names of profiles. Where nobody can tell them, there are none.
function __sesame_profiles
    command sesame profiles </dev/null 2>/dev/null | string match --regex '^[A-Za-z0-9._-]+$'
end

# Prints the words before the cursor that are neither options nor their values, and all behind --.
function __sesame_typed
    set --local words (commandline --tokenize --current-process --cut-at-cursor)
    set --erase words[1]
    set --local typed
    set --local wanted no
    set --local rest no
    for word in $words
        if test $rest = yes
            set --append typed $word
        else if test $wanted = yes
            set wanted no
        else
            switch $word
                case --
                    set rest yes
                    set --append typed $word
                case --profile --way -w --key --level
                    set wanted yes
                case -l
                    if string match --quiet --regex '^(cave run) ' "$typed "
                        set wanted yes
                    end
                case '-?*'
                case '*'
                    set --append typed $word
            end
        end
    end
    string join -- \n $typed
end

# Whether the command has this name.
function __sesame_is
    set --local typed (__sesame_typed)
    test (count $argv) -eq 0; and return 0
    set --local words (count $argv)
    test (count $typed) -ge $words; or return 1
    test "$typed[1..$words]" = "$argv"
end

# Whether so many words are typed behind this name.
function __sesame_argument
    set --local number $argv[1]
    set --erase argv[1]
    __sesame_is $argv; or return 1
    test (count (__sesame_typed)) -eq (math (count $argv) + $number)
end

# Whether so many words are typed behind this name and --.
function __sesame_rest
    set --local number $argv[1]
    set --erase argv[1]
    __sesame_is $argv; or return 1
    set --local typed (__sesame_typed)
    set --local place (contains --index -- -- $typed); or return 1
    test (count $typed) -eq (math $place + $number)
end

complete --command sesame --no-files
complete --command sesame --condition '__sesame_argument 0' --arguments 'open' --description 'open a "door": slowly, with 100% \\ care'
complete --command sesame --condition '__sesame_argument 0' --arguments 'cave' --description 'run, list'
complete --command sesame --condition '__sesame_argument 0 cave' --arguments 'run' --description 'run a program in the cave'
complete --command sesame --condition '__sesame_argument 0 cave' --arguments 'list' --description 'list the caves'
complete --command sesame --condition '__sesame_argument 0' --arguments 'about' --description 'say what a command does'
complete --command sesame --long-option profile --exclusive --arguments '(__sesame_profiles)' --description 'the profile (or set SESAME_PROFILE)'
complete --command sesame --long-option json --description 'one JSON object a line, for scripts; errors too'
complete --command sesame --short-option v --long-option verbose --description 'show the steps on stderr, never a secret'
complete --command sesame --long-option version --description 'show the version'
complete --command sesame --short-option h --long-option help --description 'show help for the command'
complete --command sesame --condition '__sesame_is open' --short-option w --long-option way --exclusive --arguments 'wide ajar' --description 'how it\'s done'
complete --command sesame --condition '__sesame_is open' --long-option key --require-parameter --force-files --description 'the key [if any]'
complete --command sesame --condition '__sesame_is open' --short-option l --long-option loud --description 'say so'
complete --command sesame --condition '__sesame_argument 0 open' --arguments '(__sesame_profiles)' --description 'the name of the profile'
complete --command sesame --condition '__sesame_is cave run' --short-option l --long-option level --exclusive --description 'how deep'
complete --command sesame --condition '__sesame_argument 0 cave run' --force-files
complete --command sesame --condition '__sesame_rest 0 cave run' --arguments '(__fish_complete_command)' --description 'the program'
complete --command sesame --condition '__sesame_is cave run; and contains -- -- (__sesame_typed); and not __sesame_rest 0 cave run' --force-files
complete --command sesame --condition '__sesame_argument 0 about' --arguments 'open' --description 'open a "door": slowly, with 100% \\ care'
complete --command sesame --condition '__sesame_argument 0 about' --arguments 'cave' --description 'run, list'
complete --command sesame --condition '__sesame_argument 1 about; and __sesame_is about cave' --arguments 'run' --description 'run a program in the cave'
complete --command sesame --condition '__sesame_argument 1 about; and __sesame_is about cave' --arguments 'list' --description 'list the caves'
complete --command sesame --condition '__sesame_argument 0 about' --arguments 'about' --description 'say what a command does'
