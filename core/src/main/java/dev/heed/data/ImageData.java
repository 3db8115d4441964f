package dev.heed.data;

import dev.heed.config.Doc;
import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Images with classes, and how they become batches. */
public record ImageData(
    @Doc("folder that the names below are relative to") String dir,
    @Doc(
            "`idx`: MNIST's files, plain or gzip; `folders`: PNG, JPEG, GIF or BMP files in a folder a class")
        Format format,
    @Doc(
            "training images: of `idx`, what stands before `-images-idx3-ubyte` and `-labels-idx1-ubyte`; of `folders`, the folder of the classes' folders")
        String train,
    @Doc("validation images, likewise; empty: `validShare` of the training images") String valid,
    @Doc("share of the training images that is kept for validation") double validShare,
    @Doc("names of the classes of `idx`, from 0 on; none: their numbers") List<String> labels,
    @Doc("images of a batch") int batch) {

  /** How images are stored. */
  public enum Format {
    IDX,
    FOLDERS
  }

  public static final ImageData DEFAULT =
      new ImageData(".", Format.FOLDERS, "train", "", 0.1, List.of(), 64);

  public ImageData {
    if (batch < 1) throw new IllegalArgumentException("batch must be at least 1, not " + batch);
    if (!(validShare >= 0 && validShare < 1))
      throw new IllegalArgumentException(
          "validShare must be at least 0 and below 1, not " + validShare);
    if (valid.isEmpty() && validShare == 0)
      throw new IllegalArgumentException("name validation images in valid, or give validShare");
    if (format == Format.FOLDERS && !labels.isEmpty())
      throw new IllegalArgumentException("labels are for format idx: folders name their classes");
  }

  /**
   * What the files hold; images are read when they are asked for.
   *
   * @param classes of the training images, by number
   */
  public record Images(
      List<LabelledImage> train, List<LabelledImage> valid, List<String> classes) {}

  /**
   * @throws UserError if a file or folder is missing, empty or broken
   */
  public Images read() {
    List<LabelledImage> all = read(train);
    List<String> classes = classes(all);
    if (!valid.isEmpty()) return new Images(all, read(valid), classes);
    List<LabelledImage> shuffled = new ArrayList<>(all);
    Collections.shuffle(shuffled, Seeds.random(0)); // the same ones are held out in every run
    int held = (int) Math.ceil(all.size() * validShare);
    if (held == all.size())
      throw new UserError(
          "%s: %d image(s) can't be parted for training and validation: give more, or name some in data.valid"
              .formatted(Path.of(dir).resolve(train), all.size()));
    return new Images(shuffled.subList(held, all.size()), shuffled.subList(0, held), classes);
  }

  private List<LabelledImage> read(String name) {
    return format == Format.IDX
        ? Idx.of(Path.of(dir), name).read(labels)
        : folders(Path.of(dir).resolve(name));
  }

  private List<String> classes(List<LabelledImage> all) {
    if (!labels.isEmpty()) return labels;
    Stream<String> found = all.stream().map(LabelledImage::label).distinct();
    if (format == Format.FOLDERS) return found.sorted().toList();
    int last = found.mapToInt(Integer::parseInt).max().orElseThrow();
    return IntStream.rangeClosed(0, last).mapToObj(Integer::toString).toList();
  }

  private static List<LabelledImage> folders(Path root) {
    List<LabelledImage> all = new ArrayList<>();
    for (Path folder : list(root, Files::isDirectory)) {
      List<Path> files = list(folder, ImageFile::isNamedSo);
      if (files.isEmpty())
        throw new UserError(
            "%s: no PNG, JPEG, GIF or BMP file is in this folder of a class; add some, or remove it"
                .formatted(folder));
      String label = folder.getFileName().toString();
      for (Path file : files)
        all.add(new LabelledImage(file.toString(), label, () -> ImageFile.read(file)));
    }
    if (all.isEmpty())
      throw new UserError(root + ": no folder is in it; give one with a folder of images a class");
    return all;
  }

  /** In the order of names, and without hidden ones. */
  private static List<Path> list(Path folder, Predicate<Path> wanted) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> !file.getFileName().toString().startsWith("."))
          .filter(wanted)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw FileErrors.unreadable(folder, e);
    }
  }
}
