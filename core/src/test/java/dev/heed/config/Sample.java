package dev.heed.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import java.util.Map;

/** A small recipe with a key of every type. */
record Sample(
    @Doc("The name of the run") String name,
    @Doc("The network") Model model,
    @Doc("How to train") Train train,
    @Doc("Stages, one after the other") List<Stage> stages,
    @Doc("Class names") Map<String, Integer> labels,
    @Doc("Anything at all") Map<String, Object> notes,
    @Doc("Passed on as it stands") JsonNode extra) {

  static final Sample DEFAULT =
      new Sample(
          "run",
          Model.DEFAULT,
          Train.DEFAULT,
          List.of(),
          Map.of(),
          Map.of(),
          JsonNodeFactory.instance.objectNode());

  enum Norm {
    PRE,
    POST,
    PEER_NORM
  }

  record Model(
      @Doc("Width") int dim,
      @Doc("Heads; must divide dim") int heads,
      @Doc("Where the norm stands") Norm norm,
      @Doc("The attention") Kind attention) {
    /** Parts are their own description here. */
    static final Registry<String> ATTENTION =
        Registry.<String>of("attention")
            .add("additive", new Width(16), options -> "additive " + options.width())
            .add("dot", () -> "dot");

    static final Model DEFAULT =
        new Model(8, 2, Norm.POST, new Kind("additive", Map.of("width", 4)));

    Model {
      if (heads < 1) throw new IllegalArgumentException("heads must be at least 1, not " + heads);
      if (dim % heads != 0) {
        throw new UserError("dim %d must be a multiple of heads %d".formatted(dim, heads));
      }
      ATTENTION.options(attention);
    }
  }

  record Train(
      @Doc("Updates; 0 \\| none") int steps,
      @Doc("Learning rate") double rate,
      @Doc("Decay") float decay,
      @Doc("Random seed") long seed,
      @Doc("Shuffle the data") boolean shuffle,
      @Doc("Adam's betas") List<Double> betas,
      @Doc("Updates of rising rate") int warmupSteps) {
    static final Train DEFAULT = new Train(10, 0.1, 0.5f, 1L, true, List.of(0.9, 0.98), 0);
  }

  record Stage(@Doc("Updates") int steps, @Doc("Corpus") String corpus) {}

  record Width(@Doc("Units of the hidden layer") int width) {}
}
