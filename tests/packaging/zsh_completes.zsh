#!/usr/bin/env zsh
# Types words into an interactive zsh that has the completion in FOLDER, presses TAB, and prints the line as it became.
#   zsh_completes.zsh FOLDER 'LINE'
zmodload zsh/zpty
zpty shell zsh -f -i
line() { zpty -w shell "$1" }
line "PS1='>' fpath=($1 \$fpath); autoload -Uz compinit; compinit -D; unsetopt beep; LISTMAX=10000"
line "finish() { print -r -- \"<\$BUFFER>\"; BUFFER=; zle accept-line }; zle -N finish; bindkey '^X' finish; print ready''!"
zpty -r -m shell text '*ready!*' || exit 1
zpty -w -n shell "$2"$'\t'
sleep 1
zpty -w -n shell $'\x18'
zpty -r -m shell text '*<*>*' || exit 1
print -r -- ${${text##*<}%%>*}
zpty -d shell
