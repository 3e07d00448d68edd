// A recipe, typed. Reading it decides nothing yet: plan.h makes and checks what it names.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "deployment/streaming_model.h"
#include "schema/readers.h"
#include "training/options.h"

namespace espalier::pipeline {

/// `weights:` where it is a map.
struct WeightsOptions {
  schema::Path file;
  schema::Part map;
  bool partial = false;
  static void describe(schema::Describe<WeightsOptions>& d) {
    d.about("weights to start from, by name");
    d.key("file", &WeightsOptions::file, "safetensors, or a state_dict that torch.save wrote").must();
    d.key("map", &WeightsOptions::map, "globs over the file's names and what they are here: {\"backbone.*\": \"*\"}");
    d.key("partial", &WeightsOptions::partial, "weights whose shape differs stay as initialized");
  }
};

/// `student:` where it is a map.
struct StudentOptions {
  schema::Path model, import;
  schema::Part weights;
  std::vector<std::int64_t> input;
  static void describe(schema::Describe<StudentOptions>& d) {
    d.about("the network that is trained");
    d.key("model", &StudentOptions::model, "model file");
    d.key("weights", &StudentOptions::weights,
          "to start from: a network saved by an earlier run; safetensors or a PyTorch state_dict, by name; or a map "
          "{file, map, partial}");
    d.key("import", &StudentOptions::import,
          "a network made elsewhere, with its weights: TorchScript (.pt) or ONNX (.onnx)");
    d.key("input", &StudentOptions::input, "extents that the imported network takes, batch (1) first; else the data's");
  }
};

/// `teacher:` of a modifier.
struct TeacherOptions {
  schema::Path model, checkpoint, import, torchscript;
  std::int64_t epochs = 0, seed = -1;
  schema::Part training, input;
  static void describe(schema::Describe<TeacherOptions>& d) {
    d.about("a teacher: trained in this run (model), or made before (checkpoint, import, torchscript)");
    d.key("model", &TeacherOptions::model, "model file; the teacher is trained first, and reused when nothing changed");
    d.key("checkpoint", &TeacherOptions::checkpoint, "a network saved by an earlier run");
    d.key("import", &TeacherOptions::import,
          "a network made elsewhere, as for student; a TorchScript file that cannot be imported runs as it is");
    d.key("torchscript", &TeacherOptions::torchscript,
          "any TorchScript module that maps features to logits, run as it is; outputs only");
    d.key("input", &TeacherOptions::input,
          "of import and torchscript: the extents that it takes, batch (1) first; or a map of data's keys that differ, "
          "for a teacher with a front end of its own: {features: {…}}");
    d.key("epochs", &TeacherOptions::epochs, "of its training; 0: as the student").range(0, 100000);
    d.key("seed", &TeacherOptions::seed, "of its training; -1: the recipe's").range(-1, 9e15);
    d.key("training", &TeacherOptions::training, "settings that differ from the student's training");
  }
};

/// `budget:`; what is not given is not checked.
struct BudgetOptions {
  schema::Bytes flash{0}, ram{0};
  double accuracy_drop = -1, macs = 0;
  schema::Milliseconds latency{0};
  static void describe(schema::Describe<BudgetOptions>& d) {
    d.about("what the result must keep to; exit code 3 when it does not");
    d.key("flash", &BudgetOptions::flash, "largest weights, biases and multipliers; 0: not checked").range(0, 1e12);
    d.key("ram", &BudgetOptions::ram, "largest arena; 0: not checked").range(0, 1e12);
    d.key("macs", &BudgetOptions::macs, "most multiply-accumulates of one inference; 0: not checked").range(0, 1e15);
    d.key("latency", &BudgetOptions::latency, "longest inference on the target, as estimated; 0: not checked")
        .range(0, 1e9);
    d.key("accuracy_drop", &BudgetOptions::accuracy_drop,
          "most points that the integer model's accuracy (the task's metric) may be worse than the baseline's "
          "(baseline: "
          "train); -1: not checked")
        .range(-1, 100);
  }
};

/// `streaming:`; only where the recipe says it.
struct StreamingOptions {
  schema::Milliseconds stride{deployment::Listening{}.stride_ms}, smoothing{deployment::Listening{}.smoothing_ms},
      refractory{deployment::Listening{}.refractory_ms};
  double false_accepts_per_hour = 10;
  static void describe(schema::Describe<StreamingOptions>& d) {
    d.about("keywords in continuous sound, by the integer model", "Chen et al. 2014, ICASSP");
    d.key("stride", &StreamingOptions::stride, "from answer to answer, in whole frames").range(1, 10000);
    d.key("smoothing", &StreamingOptions::smoothing, "over which probabilities are averaged").range(1, 10000);
    d.key("refractory", &StreamingOptions::refractory, "after a detection nothing is detected").range(0, 60000);
    d.key("false_accepts_per_hour", &StreamingOptions::false_accepts_per_hour,
          "that the threshold may let through on the validation split")
        .range(0, 1e6);
  }
};

/// `robustness:`; only where the recipe says it.
struct RobustnessOptions {
  std::int64_t samples = 500;
  schema::Part disturbances;
  static void describe(schema::Describe<RobustnessOptions>& d) {
    d.about("the finished model on test samples that something went wrong with before the front end",
            "Hendrycks and Dietterich 2019, arXiv:1903.12261");
    d.key("samples", &RobustnessOptions::samples,
          "of the test split (whole recordings, where their windows are judged together), chosen by the seed; 0: all")
        .range(0, 1e9);
    d.key("disturbances", &RobustnessOptions::disturbances,
          "list of disturbances (trainer list disturbance); by default all that these data can suffer")
        .type = "list";
  }
};

struct RecipeOptions {
  std::string name = "run", baseline = "none";
  schema::Part task;
  std::int64_t seed = 1, golden_samples = 128;
  schema::Part data, student, training, compression, calibrate, target, budget, streaming, robustness;
  std::vector<std::string> exports = {"torchscript", "tflite"};
  static void describe(schema::Describe<RecipeOptions>& d) {
    d.about("a whole run");
    d.key("name", &RecipeOptions::name, "of the run's folder, runs/<name>");
    d.key("seed", &RecipeOptions::seed, "of everything that is random").range(0, 9e15);
    d.key("task", &RecipeOptions::task, "what the model is for (trainer list task); default classification");
    d.key("data", &RecipeOptions::data, "a dataset (trainer list dataset)").must();
    d.key("student", &RecipeOptions::student, "a model file, or {model or import, input, weights}").must();
    d.key("training", &RecipeOptions::training,
          "epochs, optimizer, …; none: the student keeps the weights that it starts from");
    d.key("compression", &RecipeOptions::compression,
          "list of modifiers (trainer list modifier) on the training's timeline");
    d.key("calibrate", &RecipeOptions::calibrate,
          "compression after the training: the quantize modifier's keys, or a list of modifiers, one after the other");
    d.key("baseline", &RecipeOptions::baseline, "train the student without compression as well, for comparison")
        .one_of({"none", "train"});
    d.key("target", &RecipeOptions::target,
          "the device: a name (trainer list target) or a file; its memories, operators and formats are held to");
    d.key("budget", &RecipeOptions::budget, "{flash, ram, macs, latency, accuracy_drop}");
    d.key("streaming", &RecipeOptions::streaming,
          "{stride, smoothing, refractory, false_accepts_per_hour}: measure keywords in continuous sound, too");
    d.key("robustness", &RecipeOptions::robustness,
          "{samples, disturbances}: measure the result on disturbed test samples, too; {}: with all defaults");
    d.key("export", &RecipeOptions::exports,
          "formats; onnx, server and torchscript_int8 are int8 where the recipe quantizes, *_dynamic quantize linear "
          "layers "
          "only, as they run")
        .one_of({"torchscript", "torchscript_int8", "torchscript_dynamic", "tflite", "onnx", "onnx_float",
                 "onnx_dynamic", "c", "server"});
    d.key("golden_samples", &RecipeOptions::golden_samples, "test samples in golden.npz; 0: all").range(0, 1e9);
  }
};

struct Recipe {
  std::string file;     ///< as given
  schema::Value value;  ///< includes merged, overrides applied
  RecipeOptions options;
  training::TrainingOptions training;
  BudgetOptions budget;
  StreamingOptions streaming;
  RobustnessOptions robustness;
  bool streams() const { return !options.streaming.value.is_null(); }
  bool disturbs() const { return !options.robustness.value.is_null(); }
};

/// Reads the file and applies "key=value" overrides. Adds Problems; what could be read is returned all the same.
Recipe read_recipe(const std::filesystem::path& file, const std::vector<std::string>& overrides,
                   std::vector<Problem>& problems);

/// The same for a run folder's resolved recipe.yaml. Throws Error(mistake) when `run` is no run folder.
Recipe read_run(const std::filesystem::path& run);

}  // namespace espalier::pipeline
