// What `training:` of a recipe may say.
#pragma once
#include <cstdint>

#include "schema/readers.h"

namespace espalier::training {

/// Ends the training when the task's metric on the validation split has not improved for `patience` epochs, and goes
/// back to the best weights. Only for trainings without compression: a window that is cut off would leave its technique
/// half done.
struct EarlyStop {
  std::int64_t patience = 0;
  double least_gain = 0;
  static void describe(schema::Describe<EarlyStop>& d) {
    d.about("stops when validation no longer improves");
    d.key("patience", &EarlyStop::patience, "epochs without a gain; 0: never stop").range(0, 100000);
    d.key("least_gain", &EarlyStop::least_gain, "of the metric that counts as a gain, as a fraction").range(0, 1);
  }
};

struct TrainingOptions {
  std::int64_t epochs = 30, batch_size = 100, workers = 2, checkpoint_every = 1;
  schema::Part optimizer, lr_schedule, loss, early_stop;
  double warmup = 0, gradient_clip = 0, label_smoothing = 0, class_balance = 0;
  static void describe(schema::Describe<TrainingOptions>& d) {
    d.about("how the student trains");
    d.key("epochs", &TrainingOptions::epochs, "passes over the training split").range(1, 100000);
    d.key("batch_size", &TrainingOptions::batch_size, "samples a step; an epoch drops the rest").range(1, 65536);
    d.key("optimizer", &TrainingOptions::optimizer, "an optimizer (trainer list optimizer); default adam");
    d.key("lr_schedule", &TrainingOptions::lr_schedule,
          "a learning-rate schedule (trainer list lr_schedule); default constant");
    d.key("loss", &TrainingOptions::loss, "what is minimised (trainer list loss); default: the task's own");
    d.key("warmup", &TrainingOptions::warmup, "the learning rate rises linearly over these epochs")
        .range(0, 100000)
        .in("epochs");
    d.key("gradient_clip", &TrainingOptions::gradient_clip, "largest joint norm of the gradients; 0: none")
        .range(0, 1e6);
    d.key("label_smoothing", &TrainingOptions::label_smoothing,
          "share of the target that goes to all classes (Szegedy et al. 2016)")
        .range(0, 0.9);
    d.key("class_balance", &TrainingOptions::class_balance,
          "how often rare classes are drawn: 0 as the data are, 1 every class as often as any other; pictures with "
          "boxes come as often as their rarest class asks for")
        .range(0, 1);
    d.key("early_stop", &TrainingOptions::early_stop, "{patience, least_gain}");
    d.key("workers", &TrainingOptions::workers, "threads that decode ahead").range(0, 64);
    d.key("checkpoint_every", &TrainingOptions::checkpoint_every, "epochs between checkpoints")
        .range(1, 100000)
        .in("epochs");
  }
};

}  // namespace espalier::training
