import { Command } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = typeof SHELLS[number];

/** The command that a shell calls with the words of the line, to get what could come next. */
export const COMPLETE = '__complete';

const SCRIPTS: Record<Shell, (program: string) => string> = {
  bash: (program) => `_${identifier(program)}() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(${program} ${COMPLETE} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _${identifier(program)} ${program}`,
  zsh: (program) => `#compdef ${program}
_${identifier(program)}() {
  compadd -- \${(f)"$(${program} ${COMPLETE} "\${(@)words[2,CURRENT]}" 2>/dev/null)"} || _files
}
compdef _${identifier(program)} ${program}`,
  fish: (program) => `complete -c ${program} -a '(${program} ${COMPLETE} (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'`,
};

/** Returns the script that makes a shell complete the words of the program. */
export function completionScript(shell: Shell, program: string): string {
  return SCRIPTS[shell](program);
}

/** Returns what could come next. The last word is the one that is being written, and may be empty. */
export function completions(program: Command, words: readonly string[]): string[] {
  let command = program;
  for (const word of words.slice(0, -1)) command = command.commands.find((sub) => sub.name() === word) ?? command;
  const before = words.at(-2);
  const option = command.options.find(({ long, required }) => long === before && required);
  if (option) return option.argChoices ?? [];
  const subcommands = command.commands.map((sub) => sub.name());
  const parameters = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices);
  const options = command.options.map(({ long }) => long!);
  const word = words.at(-1) ?? '';
  return [...subcommands, ...parameters, ...word.startsWith('-') ? options : []].filter((candidate) => candidate.startsWith(word));
}


function identifier(program: string): string {
  return program.replaceAll('-', '_');
}
