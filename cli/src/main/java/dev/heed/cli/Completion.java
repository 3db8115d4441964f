package dev.heed.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code heed completion}: a script that lets the shell complete verbs and options. */
@Command(
    name = "completion",
    description = "Print a script that lets bash or zsh complete heed's verbs and options.",
    footer = {
      "%nExamples:",
      "  source <(heed completion)",
      "  heed completion > ~/.local/share/bash-completion/completions/heed"
    })
final class Completion implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    var root = spec.root();
    spec.commandLine().getOut().print(AutoComplete.bash(root.name(), root.commandLine()));
  }
}
