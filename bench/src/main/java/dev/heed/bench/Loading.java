package dev.heed.bench;

import dev.heed.hub.Checkpoint;
import dev.heed.tensor.Device;
import java.nio.file.Path;
import java.util.Map;

/** What loading a model takes of a new process' memory. */
record Loading(Path folder) implements Serve.Contestant {
  @Override
  public Map<String, Object> answer(String command, int number) {
    if (!command.equals("load")) throw Serve.Contestant.unknown(command);
    double resident = Machine.mib("VmRSS");
    double anonymous = Machine.mib("RssAnon");
    long start = System.nanoTime();
    var model = Checkpoint.load(folder, Device.CPU).model();
    double seconds = (System.nanoTime() - start) / 1e9;
    return Map.of(
        "seconds", seconds,
        "parameters", model.parameterCount(),
        "resident_before", resident,
        "resident_after", Machine.mib("VmRSS"),
        "peak", Machine.peakMiB(),
        "anonymous_before", anonymous,
        "anonymous_after", Machine.mib("RssAnon"));
  }
}
