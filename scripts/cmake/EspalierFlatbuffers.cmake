# espalier_flatbuffers(<target> <schema.fbs>): compiles the schema by flatc at build time; <target>'s own sources include
# "<schema>_generated.h". Nothing of it leaks to the targets that link <target>.
find_program(ESPALIER_FLATC flatc)

function(espalier_flatbuffers target schema)
  if(NOT ESPALIER_FLATC)
    message(FATAL_ERROR "flatc not found; install flatbuffers-compiler and libflatbuffers-dev")
  endif()
  get_filename_component(stem ${schema} NAME_WE)
  set(folder ${CMAKE_BINARY_DIR}/generated/flatbuffers)
  set(header ${folder}/${stem}_generated.h)
  add_custom_command(OUTPUT ${header}
    COMMAND ${ESPALIER_FLATC} --cpp --gen-object-api -o ${folder} ${CMAKE_CURRENT_SOURCE_DIR}/${schema}
    DEPENDS ${schema} COMMENT "flatc ${schema}" VERBATIM)
  target_sources(${target} PRIVATE ${header})
  target_include_directories(${target} SYSTEM PRIVATE ${folder})
endfunction()
