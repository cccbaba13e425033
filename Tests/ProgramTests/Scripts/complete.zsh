# complete.zsh FOLDER LINE   prints what zsh offers behind LINE, one candidate a line.
# FOLDER has the function _sesame; zsh runs in a terminal of its own, without anybody's start files.
emulate -R zsh
zmodload zsh/zpty zsh/datetime
export COMPLETION_FOLDER=$1 COMPLETION_OUTPUT=$(mktemp) COMPLETION_DONE=$(mktemp -u) TERM=dumb
mkfifo $COMPLETION_DONE

# Its setup is a file that it reads, so that nothing of it is typed.
setup=$(mktemp)
cat >$setup <<'SETUP'
PROMPT='' PS2=''
fpath=($COMPLETION_FOLDER $fpath)
autoload -Uz compinit && compinit -D -u
bindkey '^I' complete-word
zstyle ':completion:*' insert-tab false
compadd() {
    local -a found
    # Calls that only fill arrays for their callers are not offers yet.
    if [[ "$*" == *-[OAD]\ * ]]; then builtin compadd "$@"; return; fi
    builtin compadd -O found "$@"
    if (($#found)); then print -rl -- $found >>$COMPLETION_OUTPUT; fi
    builtin compadd "$@"
}
comppostfuncs=(finish)
finish() { print done >$COMPLETION_DONE; comppostfuncs=(finish) }
SETUP

zpty sesame "zsh -f -i"
zpty -w sesame "source $setup; print READ''Y"
zpty -r -m sesame ready '*READY*'
zpty -w -n sesame "$2"$'\t'
read -t 20 <>$COMPLETION_DONE
zpty -d sesame
sort -u $COMPLETION_OUTPUT
rm -f $COMPLETION_OUTPUT $COMPLETION_DONE $setup
