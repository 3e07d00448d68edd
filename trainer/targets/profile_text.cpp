// The page of `trainer profile`: declared in profile.h.
#include <algorithm>

#include "base/text.h"
#include "reporting/text_table.h"
#include "targets/profile.h"
#include "targets/runtime.h"

namespace espalier::targets {
namespace {

using reporting::TextTable;
constexpr std::size_t page = 120, bar_width = 16;

std::string shape_text(const integer::Shape& shape) { return join(shape, "x"); }

/// The arena while the layer runs, on the scale of the whole arena.
std::string bar(std::int64_t alive, std::int64_t arena) {
  const auto filled =
      arena > 0 ? static_cast<std::size_t>((alive * static_cast<std::int64_t>(bar_width) + arena - 1) / arena) : 0;
  return concat(std::string(std::min(filled, bar_width), '#'),
                std::string(bar_width - std::min(filled, bar_width), '.'));
}

std::string percent(double share) { return concat(fixed_text(100 * share, share < 0.0995 ? 1 : 0), " %"); }

/// Foreign files join the names of all that was fused: the first, its end if it is long.
std::string short_name(const std::string& name) {
  constexpr std::size_t most = 32;
  const auto first = name.substr(0, name.find(';'));
  return first.size() <= most ? first : "..." + first.substr(first.size() - (most - 3));
}

std::string layers_table(const Profile& profile) {
  using enum TextTable::Align;
  const auto& e = profile.estimate;
  std::vector<TextTable::Column> columns = {
      {"layer"},        {"operator"},      {"output"}, {"MACs", right}, {"parameters", right},
      {"flash", right}, {"RAM over time"}, {"", right}};
  if (e.cycles) columns.insert(columns.end(), {{"time", right}, {"", right}});
  const bool counted = profile.measured && profile.measured->layers.size() == e.layers.size();
  if (counted) columns.push_back({"instructions", right});
  TextTable table(columns);
  for (std::size_t i = 0; i < e.layers.size(); ++i) {
    const auto& layer = e.layers[i];
    std::vector<std::string> cells = {short_name(layer.name),
                                      layer.kind,
                                      shape_text(layer.output),
                                      grouped_text(layer.macs),
                                      grouped_text(layer.parameters),
                                      bytes_text(layer.flash_bytes),
                                      bar(layer.alive_bytes, e.arena_bytes),
                                      bytes_text(layer.alive_bytes)};
    if (e.cycles) {
      cells.push_back(quantity_text(*layer.cycles / profile.device->clock.value, "s"));
      cells.push_back(percent(*e.cycles > 0 ? *layer.cycles / *e.cycles : 0));
    }
    if (counted) cells.push_back(grouped_text(profile.measured->layers[i]));
    table.row(std::move(cells));
  }
  std::vector<std::string> total = {"all",
                                    "",
                                    "",
                                    grouped_text(e.macs),
                                    grouped_text(e.parameters),
                                    bytes_text(e.flash_bytes),
                                    "",
                                    bytes_text(e.arena_bytes)};
  if (e.seconds) total.push_back(quantity_text(*e.seconds, "s"));
  table.row(std::move(total));
  return table.text(page);
}

/// "26.7 KiB + 16.0 KiB code of 1.0 MiB (4.2 %)".
std::string memory_text(const Profile& profile) {
  const auto& e = profile.estimate;
  const auto& device = *profile.device;
  const auto of = [](std::int64_t taken, double all) {
    return concat(" of ", bytes_text(static_cast<std::int64_t>(all)), " (", percent(static_cast<double>(taken) / all),
                  ")", static_cast<double>(taken) > all ? ", DOES NOT FIT" : "");
  };
  return concat("flash ", bytes_text(e.flash_bytes), " constants",
                e.code_bytes ? concat(" + ", bytes_text(*e.code_bytes), " code") : "",
                of(e.flash_total(), device.flash.value), "; RAM ", bytes_text(e.arena_bytes), " arena",
                of(e.arena_bytes, device.ram.value));
}

std::string word(bool verified) {
  return verified ? " (figures read at their sources)" : " (figures not all verified)";
}

std::string offload_text(const Profile& profile) {
  const auto& sent = *profile.offload;
  std::string text = concat("the input (", bytes_text(sent.bytes), ") by ", sent.radio, ": ",
                            quantity_text(sent.seconds, "s"), ", ", quantity_text(sent.joules, "J"));
  const auto& e = profile.estimate;
  if (!e.seconds) return text;
  text += concat("; computing here: ", quantity_text(*e.seconds, "s"));
  if (!e.joules) return text;
  text += concat(", ", quantity_text(*e.joules, "J"));
  const double ratio = sent.joules / *e.joules;
  return text + (ratio >= 1 ? concat(", ", fixed_text(ratio, 1), " times less energy")
                            : concat(", ", fixed_text(1 / ratio, 1), " times more energy"));
}

std::string measured_text(const Profile& profile) {
  const auto& measured = *profile.measured;
  std::vector<std::string> said;
  if (measured.cycles) {
    said.push_back(concat(grouped_text(*measured.cycles), " cycles (median of ", measured.runs, ")"));
    if (profile.device)
      said.push_back(quantity_text(static_cast<double>(*measured.cycles) / profile.device->clock.value, "s"));
    if (profile.estimate.cycles && *measured.cycles > 0) {
      const double error = *profile.estimate.cycles / static_cast<double>(*measured.cycles) - 1;
      said.push_back(concat("the estimate is ", error < 0 ? "" : "+", fixed_text(100 * error, 0), " % off"));
    }
  }
  if (measured.instructions) {
    said.push_back(concat(grouped_text(*measured.instructions), " instructions"));
    if (profile.device)
      said.push_back(
          concat(quantity_text(static_cast<double>(*measured.instructions) / profile.device->clock.value, "s"),
                 " at one a cycle"));
  }
  if (measured.stack) said.push_back(concat("stack ", bytes_text(*measured.stack)));
  if (measured.known_answer) said.push_back(concat("known answer ", *measured.known_answer ? "passed" : "FAILED"));
  return join(said, ", ");
}

std::string host_text(const Json& host) {
  if (!host.at("not_run").is_null()) return concat("not run: ", host.at("not_run").text());
  std::vector<std::string> said;
  for (const auto& engine : host.at("engines").items()) {
    const auto name = engine.at("engine").text();
    if (!engine.at("not_run").is_null()) {
      said.push_back(concat(name, " not run: ", engine.at("not_run").text()));
      continue;
    }
    const auto& ms = engine.at("milliseconds");
    said.push_back(concat(name, " ", engine.at("version").text(), ": p50 ", fixed_text(ms.at("p50").number(), 3),
                          " ms, p90 ", fixed_text(ms.at("p90").number(), 3), " ms, p99 ",
                          fixed_text(ms.at("p99").number(), 3), " ms (", engine.at("runs").integer(), " runs)"));
  }
  return join(said, "; ");
}

std::string npu_text(const Json& npu) {
  if (!npu.at("not_run").is_null()) return concat("not run: ", npu.at("not_run").text());
  std::vector<std::string> left;
  for (const auto& name : npu.at("cpu").items()) left.push_back(name.text());
  return concat("ethos-u-vela ", npu.at("version").text(), ", ", npu.at("accelerator").text(), ": ",
                npu.at("npu_operators").integer(), " operators on the network processor, ",
                npu.at("cpu_operators").integer(), " left to the processor",
                left.empty() ? "" : concat(" (", join(left, ", "), ")"), "; ",
                bytes_text(npu.at("sram_bytes").integer()), " SRAM, ", bytes_text(npu.at("flash_bytes").integer()),
                " flash, ", quantity_text(npu.at("milliseconds").number() / 1e3, "s"), " estimated at ",
                quantity_text(npu.at("clock_hz").number(), "Hz"));
}

std::string line(const std::string& what, const std::string& said) {
  std::string text;
  for (const auto& part : reporting::wrapped(said, page - 12)) {
    text += (text.empty() ? what + std::string(12 - what.size(), ' ') : std::string(12, ' ')) + part + "\n";
  }
  return text;
}

std::string heading(const Profile& profile) {
  auto text = concat(profile.name, profile.note.empty() ? "" : ", ", profile.note);
  if (profile.device) {
    const auto* runtime = find_runtime(profile.runtime);
    text += concat(", on ", profile.device->name, " at ", quantity_text(profile.device->clock.value, "Hz"), " by ",
                   profile.runtime, " (", runtime ? runtime->title : "", ")");
  }
  return text + "\n\n";
}

}  // namespace

std::string text_of(const Profile& profile) {
  const auto& e = profile.estimate;
  auto text = heading(profile) + layers_table(profile) + "\n";
  text += line("bottleneck", bottleneck(e, profile.device.get()));
  if (profile.device) {
    text += line("memory", memory_text(profile));
    text += line("time", e.seconds
                             ? concat(quantity_text(*e.seconds, "s"), " an inference, estimated", word(e.verified_time))
                             : concat("not estimated: the target's file has no cycles for ", profile.runtime));
    text += line("energy",
                 e.joules ? concat(quantity_text(*e.joules, "J"), " an inference, estimated", word(e.verified_energy))
                          : std::string("not estimated: the target's file has no power"));
    text += line("sending", profile.offload ? offload_text(profile) : "the target's file has no radio");
  }
  if (const auto seconds = float_seconds(profile))
    text += line("float32", concat("the multiply-accumulates alone would take ", quantity_text(*seconds, "s")));
  if (!profile.npu.is_null()) text += line("compiler", npu_text(profile.npu));
  if (profile.measured) text += line("measured", measured_text(profile));
  if (!profile.host.is_null()) text += line("host", host_text(profile.host));
  if (profile.device)
    for (const auto& figure : unverified_figures(*profile.device, *profile.device->find(profile.runtime)))
      text += line("unverified", figure);
  return text;
}

}  // namespace espalier::targets
