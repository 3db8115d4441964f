package dev.heed.task;

import dev.heed.data.ImageFile;
import dev.heed.data.ImagePreprocessor;
import dev.heed.hub.Checkpoint;
import dev.heed.hub.Preprocessors;
import dev.heed.tensor.Device;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** How a model is given images: on its own thread, a batch at a time. */
record Seeing(ImagePreprocessor preprocessor, Device device, EngineThread engine) {
  /**
   * As the folder's preprocessor_config.json says.
   *
   * @throws dev.heed.config.UserError if it is missing or broken
   */
  static Seeing of(Path folder, Checkpoint checkpoint, Device device, EngineThread engine) {
    int channels = Preprocessors.channels(checkpoint.config());
    return new Seeing(Preprocessors.images(folder, channels), device, engine);
  }

  /**
   * What a model makes of images, in order.
   *
   * @param model one result for each of B images (B, C, H, W)
   * @param done is told how many images more are done
   */
  <T> List<T> images(
      List<BufferedImage> images, int batch, Function<Tensor, List<T>> model, IntConsumer done) {
    return each(images.size(), images::get, i -> "image " + (i + 1), batch, model, done);
  }

  /** The same of images in files, which are read a batch at a time. */
  <T> List<T> files(
      List<Path> files, int batch, Function<Tensor, List<T>> model, IntConsumer done) {
    return each(
        files.size(),
        i -> ImageFile.read(files.get(i)),
        i -> files.get(i).toString(),
        batch,
        model,
        done);
  }

  private <T> List<T> each(
      int count,
      IntFunction<BufferedImage> image,
      IntFunction<String> name,
      int batch,
      Function<Tensor, List<T>> model,
      IntConsumer done) {
    List<T> results = new ArrayList<>();
    for (int from = 0; from < count; from += batch) {
      int start = from;
      int to = Math.min(from + batch, count);
      List<BufferedImage> some = IntStream.range(from, to).parallel().mapToObj(image).toList();
      results.addAll(
          engine.run(
              () -> {
                try (Scope scope = Scope.open();
                    NoGrad off = NoGrad.on()) {
                  Tensor pixels = preprocessor.pixels(some, i -> name.apply(start + i));
                  List<T> seen = model.apply(pixels.to(device));
                  done.accept(some.size());
                  return seen;
                }
              }));
    }
    return results;
  }
}
