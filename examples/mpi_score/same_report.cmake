# SPDX-License-Identifier: MIT
# Four processes print what one prints, byte for byte: -DPROGRAM, -DMPIEXEC, -DNUMPROC_FLAG, -DSAMPLE (a file whose
# sentences are taken 25 times), -DWORK (a folder).
file(READ "${SAMPLE}" sample)
string(REPEAT "${sample}\n" 25 corpus)
file(WRITE "${WORK}/corpus.txt" "${corpus}")

# In a container everyone is root, and four processes may have fewer cores.
set(ENV{OMPI_ALLOW_RUN_AS_ROOT} 1)
set(ENV{OMPI_ALLOW_RUN_AS_ROOT_CONFIRM} 1)
set(ENV{OMPI_MCA_rmaps_base_oversubscribe} 1)
foreach(processes IN ITEMS 1 4 7)
  execute_process(
    COMMAND "${MPIEXEC}" ${NUMPROC_FLAG} ${processes} "${PROGRAM}" "${WORK}/corpus.txt"
    OUTPUT_VARIABLE report_${processes}
    RESULT_VARIABLE status
  )
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${processes} processes end with ${status}")
  endif()
  if(NOT report_${processes} STREQUAL report_1)
    message(FATAL_ERROR "${processes} processes print\n${report_${processes}}\nand one prints\n${report_1}")
  endif()
endforeach()
if(NOT report_1 MATCHES "sentences:50\\|gold:")
  message(FATAL_ERROR "not all sentences were counted:\n${report_1}")
endif()
