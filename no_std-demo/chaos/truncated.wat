;; Malformed: A section that says it is longer than the input.
(component binary "\00asm\0d\00\01\00" "\01\20\00asm")
