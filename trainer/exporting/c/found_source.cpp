#include "exporting/c/found_source.h"

#include <fmt/core.h>

#include "base/error.h"
#include "exporting/c/c_text.h"
#include "exporting/c/runtime_files.h"

namespace espalier::exporting::c {
namespace {

FoundSource filled_source(const Options& options, const std::string& decoder, const std::string& type,
                          const std::string& call, const std::string& text, const std::string& constants) {
  const std::vector<Replacement> values = {{"TITLE", comment_text(options.name)},
                                           {"LICENSE", std::string(generated_license)},
                                           {"DECODER", decoder},
                                           {"TYPE", type},
                                           {"CALL", call},
                                           {"TEXT", text},
                                           {"CONSTANTS", constants}};
  return {filled(template_text("found.h"), values), filled(template_text("found.c"), values)};
}

FoundSource boxes_source(const integer::Shape& output, const Options& options) {
  const auto& d = *options.boxes;
  if (output != integer::Shape{d.rows, d.columns, d.classes + 5}) fail("the box decoder does not fit the output");
  const auto constants =
      array_text("sigmoid", std::vector<std::uint16_t>(d.sigmoid, d.sigmoid + 256)) +
      fmt::format("static const espalier_box_decoder decoder = {{{}, {}, {}, {}, {}, {}, {}, {}, sigmoid}};\n", d.rows,
                  d.columns, d.classes, d.stride, d.zero_point, d.distance, d.least_score, d.most_overlap);
  return filled_source(options, "box_decoder", "espalier_box", "espalier_decode_boxes",
                       "Boxes in steps of 1 / ESPALIER_BOX_STEPS pixel of the network's input, the surest first.",
                       constants);
}

FoundSource points_source(const integer::Shape& output, const Options& options) {
  const auto& d = *options.points;
  if (output != integer::Shape{d.rows, d.columns, d.classes + 1}) fail("the point decoder does not fit the output");
  const auto constants = fmt::format("static const espalier_centroid_decoder decoder = {{{}, {}, {}, {}}};\n", d.rows,
                                     d.columns, d.classes, d.least_margin);
  return filled_source(options, "centroid_decoder", "espalier_centroid", "espalier_decode_centroids",
                       "Cells of the output that hold a thing, row by row.", constants);
}

}  // namespace

FoundSource found_source(const integer::Program& program, const Options& options) {
  const auto& output = program.activations[static_cast<std::size_t>(program.output)].shape;
  if (options.boxes) return boxes_source(output, options);
  if (options.points) return points_source(output, options);
  return {};
}

}  // namespace espalier::exporting::c
