// Gantry-relay stands in a pod for a program on somebody's own machine. It listens at the ports of its arguments, and at
// a port of loopback that only a forwarded port reaches: there the machine keeps connections waiting. Whoever connects to
// the pod is joined with one of them.
//
// A waiting connection is greeted with '+'. When it is used, the port that was asked for comes as two bytes, the high one
// first, and then what the caller says. What the machine answers comes in pieces, each after its length as four bytes; a
// length of 0 is the end, and one of all ones says that the program's connection broke. Both are said, for a forwarded
// port that is closed there ends here seconds later, and a caller would go on to ask where nobody reads.
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"time"
)

// How long a caller waits for a connection to the machine: as long as it takes to open another one.
const patience = 10 * time.Second

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: gantry-relay CONTROL-PORT PORT…")
		os.Exit(2)
	}
	waiting := make(chan net.Conn, 64)
	for _, port := range os.Args[2:] {
		listener := listen(":" + port)
		number := uint16(listener.Addr().(*net.TCPAddr).Port)
		go accept(listener, func(caller net.Conn) { serve(caller, number, waiting) })
	}
	accept(listen("127.0.0.1:"+os.Args[1]), func(machine net.Conn) {
		if _, err := machine.Write([]byte{'+'}); err != nil {
			machine.Close()
			return
		}
		waiting <- machine
	})
}

func listen(address string) net.Listener {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	return listener
}

func accept(listener net.Listener, handle func(net.Conn)) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go handle(connection)
	}
}

// serve joins a caller with the machine. A caller that cannot be joined is reset: silence would look like an answer.
func serve(caller net.Conn, port uint16, waiting <-chan net.Conn) {
	machine := take(waiting)
	if machine == nil {
		reset(caller)
		return
	}
	if _, err := machine.Write(binary.BigEndian.AppendUint16(nil, port)); err != nil {
		reset(caller)
		machine.Close()
		return
	}
	done := make(chan struct{})
	go func() {
		io.Copy(machine, caller)
		// The way to the machine cannot be closed by half: it ends when the answer does, or when the caller is gone.
		close(done)
	}()
	if err := passOn(caller, machine); err != nil {
		reset(caller)
	}
	caller.Close()
	machine.Close()
	<-done
}

// broken is the length that says that the program's connection broke.
const broken = 0xffffffff

// passOn passes on what the machine says until it says that this is the end.
func passOn(caller io.Writer, machine io.Reader) error {
	var head [4]byte
	for {
		if _, err := io.ReadFull(machine, head[:]); err != nil {
			return err
		}
		switch length := binary.BigEndian.Uint32(head[:]); length {
		case 0:
			return nil
		case broken:
			return io.ErrUnexpectedEOF
		default:
			if _, err := io.CopyN(caller, machine, int64(length)); err != nil {
				return err
			}
		}
	}
}

// take finds a waiting connection that still leads somewhere.
func take(waiting <-chan net.Conn) net.Conn {
	late := time.After(patience)
	for {
		select {
		case machine := <-waiting:
			if lives(machine) {
				return machine
			}
			machine.Close()
		case <-late:
			return nil
		}
	}
}

// lives tells whether the other end is there: it says nothing before it is used, so all there could be to read is its end.
func lives(connection net.Conn) bool {
	connection.SetReadDeadline(time.Now().Add(time.Millisecond))
	defer connection.SetReadDeadline(time.Time{})
	_, err := connection.Read(make([]byte, 1))
	timeout, ok := err.(net.Error)
	return ok && timeout.Timeout()
}

func reset(connection net.Conn) {
	if tcp, ok := connection.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	connection.Close()
}
