# Completion of sesame for bash, made by: sesame completion bash

# Offers those words that begin with the first.
_sesame_words() {
    local begin=$1 word
    shift
    for word; do
        if [[ $word == "$begin"* ]]; then COMPREPLY+=("$word"); fi
    done
}

# Offers the names of profiles. Where nobody can tell them, there are none.
_sesame_profiles() {
    local name
    while IFS= read -r name; do
        if [[ $name != *[!A-Za-z0-9._-]* ]]; then _sesame_words "$1" "$name"; fi
    done < <(command sesame profiles </dev/null 2>/dev/null)
}

# Offers the words of commands that may come behind those that are typed.
_sesame_commands() {
    local begin=$1
    shift
    case "$*" in
        '') _sesame_words "$begin" 'open' 'cave' 'about' ;;
        'cave') _sesame_words "$begin" 'run' 'list' ;;
    esac
}

_sesame() {
    COMPREPLY=()
    local IFS=$' \t\n'
    local begin=${COMP_WORDS[COMP_CWORD]} prefix='' word wanted='' rest=0 joins='' kind=''
    local -a typed=() options=()

    # bash makes words of their own of = and : within a word.
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        if ((rest > 0)); then
            ((rest += 1))
        elif [[ $word == [=:] ]]; then
            joins=1
        elif [[ -n $joins || -n $wanted ]]; then
            joins='' wanted=''
        else
            case $word in
                --) rest=1 ;;
                --profile | --way | -w | --key | --level) wanted=$word ;;
                -l) case "${typed[*]} " in 'cave run '*) wanted=$word ;; esac ;;
                '<' | '>' | '>>' | '2>') wanted='<' ;;
                -?*) ;;
                *) typed+=("$word") ;;
            esac
        fi
    done
    if [[ $begin == [=:] ]]; then begin='' joins=1; fi
    if [[ -n $joins && -z $wanted ]]; then return; fi
    if [[ $rest == 0 && $begin == --*=* ]]; then
        wanted=${begin%%=*} prefix=$wanted= begin=${begin#*=}
    fi

    local command=${typed[0]-} count=$((${#typed[@]} - 1))
    case $command in
        'cave') command+=" ${typed[1]-}" count=$((count - 1)) ;;
    esac

    if ((rest > 0)); then
        case "$command $rest" in
            'cave run 1') kind=program ;;
            *) kind=file ;;
        esac
    elif [[ -n $wanted ]]; then
        case "$command $wanted" in
            'open --way' | 'open -w') kind=words options=('wide' 'ajar') ;;
            'open --key') kind=file ;;
            *' --profile') kind=profile ;;
            *' <') kind=file ;;
        esac
    elif [[ $begin == -* ]]; then
        case $command in
            'open') options=('--way' '-w' '--key' '--loud' '-l') ;;
            'cave run') options=('--level' '-l') ;;
        esac
        _sesame_words "$begin" "${options[@]}" '--profile' '--json' '--verbose' '-v' '--version' '--help' '-h'
    elif ((count < 0)); then
        _sesame_commands "$begin" "${typed[@]}"
    else
        case "$command $count" in
            'open 0') kind=profile ;;
            'cave run 0') kind=file ;;
            'about '*) kind=command ;;
        esac
    fi

    case $kind in
        file) compopt -o default 2>/dev/null ;;
        profile) _sesame_profiles "$begin" ;;
        program) mapfile -t COMPREPLY < <(compgen -c -- "$begin") ;;
        command) _sesame_commands "$begin" "${typed[@]:1}" ;;
        words) _sesame_words "$begin" "${options[@]}" ;;
    esac
    if [[ -n $prefix ]]; then COMPREPLY=("${COMPREPLY[@]/#/$prefix}"); fi
}

complete -F _sesame sesame
