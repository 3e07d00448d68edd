# espalier_embed(<target> <function> <root> <file…>): the files' texts inside <target>, as
# `std::span<const espalier::EmbeddedText> <function>()` (base/embedded_text.h) by their paths below <root>. A changed file
# is embedded anew at the next build.
function(espalier_embed target function root)
  string(REPLACE "::" "_" stem ${function})
  set(generated ${CMAKE_BINARY_DIR}/generated/embedded/${stem}.cpp)
  set(files "")
  foreach(file IN LISTS ARGN)
    file(RELATIVE_PATH name ${root} ${file})
    list(APPEND files ${name})
  endforeach()
  add_custom_command(OUTPUT ${generated}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${generated} -DFUNCTION=${function} -DROOT=${root} "-DFILES=${files}"
      -P ${PROJECT_SOURCE_DIR}/scripts/cmake/embed_texts.cmake
    DEPENDS ${ARGN} ${PROJECT_SOURCE_DIR}/scripts/cmake/embed_texts.cmake COMMENT "embedding ${function}" VERBATIM)
  target_sources(${target} PRIVATE ${generated})
  set_source_files_properties(${generated} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()
