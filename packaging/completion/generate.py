#!/usr/bin/env python3
"""Prints the completion of a shell, from what `quaymaster --help` and `quaymaster COMMAND --help` say.

    generate.py bash|zsh|fish PROGRAM
"""
import re
import subprocess
import sys
from dataclasses import dataclass, field

OPTION = re.compile(r"^  (?:-(\w), |    )--([a-z][a-z0-9-]*)(?:[ =]('[^']+'|[A-Z0-9][A-Z0-9.]*|1\.NN))?(?:  +(.*)|)$")
LISTED = re.compile(r"^  ([a-z][a-z0-9-]*)  +(\S.*)$")
FILES = {"FILE", "AUDITLOG", "TESTS", "BODY"}
FOLDERS = {"DIR", "FOLDER"}
CHOICES = {"KIND", "LEVEL"}


@dataclass
class Option:
    name: str
    letter: str
    value: str  # what the help text calls its value; empty: it has none
    text: str

    def summary(self):
        return re.split(r"[.;:] ", self.text)[0]

    def words(self):
        """The values that the text lists, as in 'error, warning, info (default) or debug'."""
        listed = re.search(r"\b([a-z0-9]+(?: \(default\))?(?:, [a-z0-9]+(?: \(default\))?)*,? or [a-z0-9]+)\b", self.text)
        if self.value not in CHOICES or not listed:
            return []
        return re.split(r", or |, | or ", listed.group(1).replace(" (default)", ""))


@dataclass
class Command:
    name: str
    text: str
    options: list = field(default_factory=list)
    actions: list = field(default_factory=list)  # (name, text) of a command's own commands
    takes_files: bool = False


def told(program, *words):
    return subprocess.run([program, *words, "--help"], check=True, capture_output=True, text=True).stdout


def listed(text):
    """What a help text lists by name, with its text: commands."""
    return [match.groups() for match in map(LISTED.match, text.splitlines()) if match]


def read_command(program, name, text):
    help_text = re.sub(r"\n {8,}(?=\S)", " ", told(program, name))  # one line for each entry
    command = Command(name, text, actions=listed(help_text))
    for match in filter(None, map(OPTION.match, help_text.splitlines())):
        letter, option, value, meaning = (part or "" for part in match.groups())
        command.options.append(Option(option, letter, value.strip("'"), meaning))
    usage = help_text.split("\n\n")[0]
    command.takes_files = bool(re.search(r"(?<![-A-Z] )\b(" + "|".join(FILES - {"FILE"}) + r")\b", usage))
    return command


def bash_complete(action):
    return f"mapfile -t COMPREPLY < <(compgen {action} -- \"$current\")"


def bash_value(option):
    if option.words():
        return bash_complete(f"-W '{' '.join(option.words())}'")
    if option.value in FILES:
        return "compopt -o filenames; " + bash_complete("-f")
    if option.value in FOLDERS:
        return "compopt -o filenames; " + bash_complete("-d")
    return ""


def bash(commands):
    print("# bash completion for quaymaster, generated from its --help texts")
    print("_quaymaster() {\n\tlocal current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words=''")
    print("\tlocal command=${COMP_WORDS[1]}\n\tCOMPREPLY=()\n\tif [ \"$COMP_CWORD\" = 1 ]; then")
    names = " ".join(command.name for command in commands)
    print(f"\t\t{bash_complete(f'-W {chr(39)}{names} --help --version{chr(39)}')}\n\t\treturn\n\tfi")
    print("\tcase $command:$previous in")
    for command in commands:
        for option in filter(lambda option: option.value, command.options):
            pattern = "|".join(f"{command.name}:{flag}" for flag in flags(option))
            print(f"\t{pattern})\n\t\t{bash_value(option)}\n\t\treturn\n\t\t;;".replace("\t\t\n", ""))
    print("\tesac\n\tcase $command in")
    for command in commands:
        words = [f"--{option.name}" for option in command.options] + [name for name, _ in command.actions]
        print(f"\t{command.name}) words='{' '.join(words)}' ;;")
    print("\tesac\n\t" + bash_complete('-W "$words"'))
    takers = "|".join(command.name for command in commands if command.takes_files)
    print(f"\tcase $command in\n\t{takers})\n\t\tcompopt -o filenames")
    print("\t\tmapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- \"$current\")\n\t\t;;\n\tesac")
    print("}\ncomplete -F _quaymaster quaymaster")


def flags(option):
    return [f"-{option.letter}"] * bool(option.letter) + [f"--{option.name}"]


def quoted(text, special="'"):
    for character in special:
        text = text.replace(character, "'\\''" if character == "'" else "\\" + character)
    return text


def zsh_value(option):
    if option.words():
        return f":{option.value}:({' '.join(option.words())})"
    if option.value in FILES:
        return f":{option.value}:_files"
    if option.value in FOLDERS:
        return f":{option.value}:_files -/"
    return f":{quoted(option.value, ':')}: " if option.value else ""


def zsh(commands):
    print("#compdef quaymaster\n# zsh completion for quaymaster, generated from its --help texts\n_quaymaster() {")
    print("\tlocal -a names\n\tif (( CURRENT == 2 )); then\n\t\tnames=(")
    for command in commands:
        print(f"\t\t\t'{command.name}:{quoted(command.text)}'")
    print("\t\t)\n\t\t_describe command names\n\t\treturn\n\tfi\n\tlocal command=$words[2]\n\tshift words; (( CURRENT-- ))")
    print("\tcase $command in")
    for command in commands:
        print(f"\t{command.name})\n\t\t_arguments -s -S \\")
        for option in command.options:
            names = "{" + ",".join(flags(option)) + "}" if option.letter else f"--{option.name}"
            print(f"\t\t\t{names}'[{quoted(option.summary(), chr(39) + '[]')}]{zsh_value(option)}' \\")
        if command.actions:
            print(f"\t\t\t'1:action:({' '.join(name for name, _ in command.actions)})' \\")
        print("\t\t\t'*:file:_files'\n\t\t;;" if command.takes_files else "\t\t\t&& return\n\t\t;;")
    print("\tesac\n}\n_quaymaster \"$@\"")


def fish(commands):
    print("# fish completion for quaymaster, generated from its --help texts\ncomplete -c quaymaster -f")
    for command in commands:
        print(f"complete -c quaymaster -n __fish_use_subcommand -a {command.name} -d '{quoted(command.text)}'")
    for command in commands:
        there = f"complete -c quaymaster -n '__fish_seen_subcommand_from {command.name}'"
        for option in command.options:
            line = f"{there} -l {option.name}" + (f" -s {option.letter}" if option.letter else "")
            if option.words():
                line += f" -x -a '{' '.join(option.words())}'"
            elif option.value:
                line += " -r -F" if option.value in FILES | FOLDERS else " -x"
            print(f"{line} -d '{quoted(option.summary())}'")
        for name, text in command.actions:
            print(f"{there} -a {name} -d '{quoted(text)}'")
        if command.takes_files:
            print(f"{there} -F")


def main():
    shells = {"bash": bash, "zsh": zsh, "fish": fish}
    if len(sys.argv) != 3 or sys.argv[1] not in shells:
        sys.exit(__doc__)
    program = sys.argv[2]
    commands = [Command(name, text) if name == "version" else read_command(program, name, text)
                for name, text in listed(told(program))]
    shells[sys.argv[1]](commands)


if __name__ == "__main__":
    main()
