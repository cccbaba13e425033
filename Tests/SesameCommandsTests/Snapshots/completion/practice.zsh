#compdef sesame
# Completion of sesame for zsh, made by: sesame completion zsh

# Offers the names of profiles. Where nobody can tell them, there are none.
_sesame_profiles() {
    local expl
    local -a names
    names=(${(f)"$(command sesame profiles </dev/null 2>/dev/null)"})
    names=(${names:#*[^A-Za-z0-9._-]*})
    _wanted profiles expl profile compadd -a names
}

# Offers the words of commands that may come behind the one that is typed.
_sesame_commands() {
    local -a commands
    case $1 in
        ('cave') commands=(
                'run:run a program in the cave'
                'list:list the caves'
            ) ;;
        (*) commands=(
                'open:open a "door": slowly, with 100% \ care'
                'cave:run, list'
                'about:say what a command does'
            ) ;;
    esac
    _describe -t commands command commands
}

# Offers the name of a command, of which the words before the cursor may hold the first.
_sesame_topics() {
    if ((CURRENT == 2)); then _sesame_commands; else _sesame_commands "$words[2]"; fi
}

_sesame() {
    local curcontext=$curcontext context state state_descr line name
    typeset -A opt_args
    local -a everywhere
    everywhere=(
        '(--profile)'--profile='[the profile (or set SESAME_PROFILE)]:P:_sesame_profiles'
        '(--json)'--json'[one JSON object a line, for scripts; errors too]'
        '(--verbose -v)'{-v,--verbose}'[show the steps on stderr, never a secret]'
        '(--version)'--version'[show the version]'
        '(--help -h)'{-h,--help}'[show help for the command]'
    )

    # What stands behind -- is a command line of its own.
    integer end=${words[(i)--]}
    if ((end < CURRENT)); then
        shift $end words
        ((CURRENT -= end))
        _normal
        return
    fi

    _arguments -C -S $everywhere '1:command: _sesame_commands' '*::argument:->argument' && return
    [[ $state == argument ]] || return 1
    name=$words[1]
    case $name in
        ('cave')
            _arguments -C -S $everywhere \
                '1:command: _sesame_commands ''cave' '*::argument:->argument' && return
            [[ $state == argument ]] || return 1
            name+=" $words[1]"
            ;;
    esac
    case $name in
        ('open')
            _arguments -S $everywhere \
                '*'{-w+,--way=}'[how it'\''s done]:W:(wide ajar)' \
                '(--key)'--key='[the key \[if any\]]:K\: V:_files' \
                '(--loud -l)'{-l,--loud}'[say so]' \
                ':PROFILE:_sesame_profiles' \
                '::DOOR: '
            ;;
        ('cave run')
            _arguments -S $everywhere \
                '(--level -l)'{-l+,--level=}'[how deep]:N: ' \
                ':FILE:_files'
            ;;
        ('cave list')
            _arguments -S $everywhere
            ;;
        ('about')
            _arguments -S $everywhere \
                '*:COMMAND:_sesame_topics'
            ;;
    esac
}

# Called by compinit's loader, or read by a start file.
if [[ $funcstack[1] == _sesame ]]; then
    _sesame "$@"
else
    compdef _sesame sesame
fi
