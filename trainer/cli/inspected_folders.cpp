#include "cli/inspected_folders.h"

#include <cstdio>
#include <cstdlib>

#include "base/text.h"
#include "exporting/c/folder_reader.h"
#include "exporting/server/reader.h"
#include "reporting/text_table.h"

namespace espalier::cli {
namespace {

using reporting::TextTable;

void print(const std::vector<std::pair<std::string, std::string>>& rows) {
  TextTable table({{""}, {""}});
  for (const auto& [what, figure] : rows) table.row({what, figure});
  std::fputs(table.text(120).c_str(), stdout);
}

std::string text_of(const exporting::server::Served::End& end) {
  auto text = concat(end.name, ", ", join(end.shape, "x"), " float32");
  if (end.scale && end.zero_point)
    text += concat(", int8 inside: real = ", number_text(*end.scale), " * (code ", *end.zero_point < 0 ? "+ " : "- ",
                   std::abs(*end.zero_point), ")");
  return text;
}

}  // namespace

bool inspect_c_folder(const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder / "model.h")) return false;
  const auto found = exporting::c::describe_folder(folder);
  std::printf("%s: an int8 network in C99\n\n", found.title.c_str());
  auto rows = found.figures;
  rows.emplace_back("arena holds",
                    "the program's plan with weights stored as above, kernels' scratch and the front end's work");
  rows.emplace_back("kernels", join(found.kernels, ", "));
  rows.emplace_back("all files", bytes_text(found.source_bytes));
  if (!found.labels.empty()) rows.emplace_back("labels", join(found.labels, ", "));
  print(rows);
  return true;
}

bool inspect_server_folder(const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder / "model.json")) return false;
  const auto served = exporting::server::read(folder);
  std::printf("%s: a %s model, served over HTTP\n\n", served.name.c_str(), served.quantized ? "quantized" : "float");
  print({{"model", served.model},
         {"computes",
          served.quantized ? concat("int8, the bytes of the twin in ", served.arithmetic) : "float32, no twin"},
         {"loaded with", served.exact_option ? "session.x64quantprecision=1" : "no option"},
         {"input", text_of(served.input)},
         {"output", text_of(served.output)},
         {"sound",
          served.sound ? concat(served.sound->samples, " samples at ", served.sound->sample_rate, " Hz") : "none"},
         {"front end", served.front_end},
         {"labels", join(served.labels, ", ")}});
  return true;
}

}  // namespace espalier::cli
