;; Malformed: A section of no known kind.
(component binary "\00asm\0d\00\01\00" "\ff\00")
