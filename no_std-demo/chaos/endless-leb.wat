;; Malformed: A number that does not end.
(component binary "\00asm\0d\00\01\00" "\07\06\80\80\80\80\80\80")
