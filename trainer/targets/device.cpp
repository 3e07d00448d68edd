#include "targets/device.h"

#include <algorithm>

#include "base/process.h"
#include "base/text.h"
#include "schema/document.h"
#include "schema/readers.h"
#include "targets/runtime.h"

namespace espalier::targets {
namespace {

using schema::Part;

struct KernelOptions {
  Part conv2d, depthwise_conv2d, fully_connected, output, layer, code;
  std::vector<std::string> operators;
  static void describe(schema::Describe<KernelOptions>& d) {
    d.about("what a runtime's kernels cost");
    d.key("conv2d", &KernelOptions::conv2d, "cycles of an int8 multiply-accumulate of a convolution");
    d.key("depthwise_conv2d", &KernelOptions::depthwise_conv2d, "of a depthwise convolution");
    d.key("fully_connected", &KernelOptions::fully_connected, "of a fully connected layer");
    d.key("output", &KernelOptions::output, "cycles of an output element, whatever the layer");
    d.key("layer", &KernelOptions::layer, "cycles of a call");
    d.key("code", &KernelOptions::code, "flash of runtime and kernels");
    d.key("operators", &KernelOptions::operators, "that it runs here (CONV_2D, …); empty: every one");
  }
};

struct RadioOptions {
  std::string name;
  Part energy_per_byte, rate, round_trip;
  static void describe(schema::Describe<RadioOptions>& d) {
    d.about("the way to a server");
    d.key("name", &RadioOptions::name, "for people").must();
    d.key("energy_per_byte", &RadioOptions::energy_per_byte, "of the whole device while it sends (J/B)").must();
    d.key("rate", &RadioOptions::rate, "of payload (B/s)").must();
    d.key("round_trip", &RadioOptions::round_trip, "besides the transfer (s)");
  }
};

struct DeviceOptions {
  std::string name, board, core;
  std::vector<std::string> extensions;
  Part clock, flash, ram, current, voltage, energy_per_cycle, float_mac, radio, runtimes;
  static void describe(schema::Describe<DeviceOptions>& d) {
    d.about("a device: every figure is {value, source, verified}");
    d.key("name", &DeviceOptions::name, "of the chip").must();
    d.key("board", &DeviceOptions::board, "where it is found");
    d.key("core", &DeviceOptions::core, "its processor").must();
    d.key("extensions", &DeviceOptions::extensions, "of its instruction set: dsp, fpu, mve, neon, …");
    d.key("clock", &DeviceOptions::clock, "of the processor (Hz)").must();
    d.key("flash", &DeviceOptions::flash, "for code and constants (B)").must();
    d.key("ram", &DeviceOptions::ram, "for everything that changes (B)").must();
    d.key("current", &DeviceOptions::current, "while it computes (A)");
    d.key("voltage", &DeviceOptions::voltage, "at which it draws the current (V)");
    d.key("energy_per_cycle", &DeviceOptions::energy_per_cycle, "instead of current and voltage (J)");
    d.key("float_mac", &DeviceOptions::float_mac, "cycles of a float32 multiply-accumulate");
    d.key("radio", &DeviceOptions::radio, "{name, energy_per_byte, rate, round_trip}");
    d.key("runtimes", &DeviceOptions::runtimes, "what runs a model on it, by name, and at which cost").must();
  }
};

/// Reads parts of one map; a part that is not given is no figure.
class FigureReader {
 public:
  FigureReader(std::string what, std::vector<Problem>& problems) : what_(std::move(what)), problems_(problems) {}
  std::optional<Figure> maybe(const Part& part, const char* key, const Unit& unit, bool zero_allowed = false) const {
    if (part.value.is_null()) return std::nullopt;
    return read_figure(part.value, unit, concat(what_, ".", key), problems_, zero_allowed);
  }
  Figure must(const Part& part, const char* key, const Unit& unit) const {
    return maybe(part, key, unit).value_or(Figure{});
  }

 private:
  std::string what_;
  std::vector<Problem>& problems_;
};

Kernels read_kernels(const std::string& runtime, const schema::Value& value, std::vector<Problem>& problems) {
  Kernels kernels;
  kernels.runtime = runtime;
  if (value.is_null()) return kernels;
  const auto options = schema::read_options<KernelOptions>(value, runtime, problems);
  const FigureReader reader(runtime, problems);
  kernels.conv2d = reader.maybe(options.conv2d, "conv2d", "");
  kernels.depthwise_conv2d = reader.maybe(options.depthwise_conv2d, "depthwise_conv2d", "");
  kernels.fully_connected = reader.maybe(options.fully_connected, "fully_connected", "");
  kernels.output = reader.maybe(options.output, "output", "", true);
  kernels.layer = reader.maybe(options.layer, "layer", "", true);
  kernels.code = reader.maybe(options.code, "code", "B");
  kernels.operators = options.operators;
  const auto known = operators();
  for (const auto& name : options.operators)
    if (std::find(known.begin(), known.end(), name) == known.end())
      problems.push_back({value.find("operators")->origin().text(),
                          concat(runtime, ": no operator is called '", name, "'", did_you_mean(name, known))});
  if (!kernels.has_times() && (kernels.conv2d || kernels.depthwise_conv2d || kernels.fully_connected))
    problems.push_back({value.origin().text(),
                        concat(runtime, " needs conv2d, depthwise_conv2d and fully_connected, or none of them")});
  return kernels;
}

std::vector<Kernels> read_runtimes(const schema::Value& value, std::vector<Problem>& problems) {
  std::vector<Kernels> all;
  if (value.is_null()) return all;  // said already
  std::vector<std::string> known;
  for (const auto& runtime : runtimes()) known.push_back(runtime.name);
  if (!value.is_map() || value.entries().empty()) {
    problems.push_back({value.origin().text(), concat("runtimes must be a map of ", join(known, ", "))});
    return all;
  }
  for (const auto& [name, kernels] : value.entries()) {
    if (!find_runtime(name))
      problems.push_back(
          {kernels.origin().text(),
           concat("no runtime is called '", name, "'", did_you_mean(name, known), "; there are ", join(known, ", "))});
    all.push_back(read_kernels(name, kernels, problems));
  }
  return all;
}

std::optional<Radio> read_radio(const schema::Value& value, std::vector<Problem>& problems) {
  if (value.is_null()) return std::nullopt;
  const auto options = schema::read_options<RadioOptions>(value, "radio", problems);
  const FigureReader reader("radio", problems);
  return Radio{options.name, reader.must(options.energy_per_byte, "energy_per_byte", "J/B"),
               reader.must(options.rate, "rate", "B/s"), reader.maybe(options.round_trip, "round_trip", "s", true)};
}

Device read_device(const schema::Value& value, std::vector<Problem>& problems) {
  const auto options = schema::read_options<DeviceOptions>(value, "the target", problems);
  const FigureReader reader(options.name.empty() ? "the target" : options.name, problems);
  Device device;
  device.name = options.name, device.board = options.board, device.core = options.core;
  device.extensions = options.extensions;
  device.clock = reader.must(options.clock, "clock", "Hz");
  device.flash = reader.must(options.flash, "flash", "B");
  device.ram = reader.must(options.ram, "ram", "B");
  device.current = reader.maybe(options.current, "current", "A");
  device.voltage = reader.maybe(options.voltage, "voltage", "V");
  device.energy_per_cycle = reader.maybe(options.energy_per_cycle, "energy_per_cycle", "J");
  device.float_mac = reader.maybe(options.float_mac, "float_mac", "");
  device.radio = read_radio(options.radio.value, problems);
  device.runtimes = read_runtimes(options.runtimes.value, problems);
  if (device.current.has_value() != device.voltage.has_value())
    problems.push_back({value.origin().text(), concat(device.name, ": current and voltage belong together")});
  return device;
}

}  // namespace

std::optional<Figure> Device::power() const {
  if (energy_per_cycle)
    return Figure{energy_per_cycle->value * clock.value, energy_per_cycle->source,
                  energy_per_cycle->verified && clock.verified};
  if (!current || !voltage) return std::nullopt;
  return Figure{current->value * voltage->value, current->source, current->verified && voltage->verified};
}

const Kernels* Device::find(const std::string& runtime) const {
  for (const auto& kernels : runtimes)
    if (kernels.runtime == runtime) return &kernels;
  return nullptr;
}

const Kernels& Device::preferred_of(const std::vector<Kernels>& all) {
  for (const auto& kernels : all)
    if (kernels.has_times()) return kernels;
  if (all.empty()) fail("a target without runtimes was not refused");
  return all.front();
}

Device load_device(const std::filesystem::path& file, std::vector<Problem>& problems) {
  Device device;
  try {
    const auto value = schema::load(file);
    if (!value.is_map()) {
      problems.push_back({file.string(), "a target must be a map of keys (trainer list target shows them)"});
      return device;
    }
    device = read_device(value, problems);
  } catch (const Error& error) {
    problems.insert(problems.end(), error.problems().begin(), error.problems().end());
  }
  device.file = file;
  return device;
}

std::filesystem::path shipped_targets() {
  const std::filesystem::path program = executable_path();
  // build/<preset>/trainer of a checkout, or <prefix>/bin/trainer of an installation.
  for (const auto& root :
       {program.parent_path().parent_path().parent_path(), program.parent_path().parent_path() / "share" / "espalier"})
    if (std::filesystem::is_directory(root / "configs" / "targets")) return root / "configs" / "targets";
  // A program that was copied elsewhere, called from a checkout.
  if (std::filesystem::is_directory("configs/targets")) return std::filesystem::absolute("configs/targets");
  return {};
}

std::vector<std::string> shipped_names() {
  std::vector<std::string> names;
  const auto folder = shipped_targets();
  if (folder.empty()) return names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::filesystem::path find_device(const std::string& name_or_path, const std::string& origin,
                                  std::vector<Problem>& problems) {
  if (std::filesystem::is_regular_file(name_or_path)) return name_or_path;
  const auto word = std::filesystem::path(name_or_path).filename().string();
  const bool is_path = name_or_path.find('/') != std::string::npos && word.find('.') != std::string::npos;
  const auto shipped = shipped_targets();
  if (!is_path && !shipped.empty() && std::filesystem::exists(shipped / (word + ".yaml")))
    return shipped / (word + ".yaml");
  const auto known = shipped_names();
  const auto stem = std::filesystem::path(word).stem().string();
  auto text = concat("there is no target '", is_path ? name_or_path : word, "'");
  const auto meant = did_you_mean(stem, known);
  if (known.empty())
    text +=
        "; this program finds no configs/targets here or where it was built or installed: give the path of a target's "
        "file";
  else
    text += concat(meant, meant.empty() ? "; there are " : " There are ", join(known, ", "),
                   ", or give the path of a file");
  problems.push_back({origin, std::move(text)});
  return {};
}

schema::Fields device_fields() { return schema::fields_of<DeviceOptions>(); }

}  // namespace espalier::targets
