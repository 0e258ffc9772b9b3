package main

import (
	"cmp"
	"os"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// App is what a team writes to have a service run; crd.yaml makes the cluster know it. This file is finished.
type App struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// Spec is what shall be.
	Spec AppSpec `json:"spec"`
	// Status is what the operator says of it.
	Status AppStatus `json:"status,omitzero"`
}

// AppSpec is the team's part. The API server fills in what is left out.
type AppSpec struct {
	Image    string `json:"image"`
	Replicas int32  `json:"replicas,omitempty"`
	Port     int32  `json:"port,omitempty"`
}

// AppStatus is the operator's part.
type AppStatus struct {
	// ObservedGeneration is the generation of the spec that the rest was said of.
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// ReadyReplicas is how many copies answer now.
	ReadyReplicas int32 `json:"readyReplicas"`
	// Conditions has Ready.
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// AppList is what the cluster answers to a list.
type AppList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []App `json:"items"`
}

// DeepCopyObject lets an App be kept in a cache. Generators write such methods for larger types.
func (a *App) DeepCopyObject() runtime.Object {
	copied := *a
	copied.ObjectMeta = *a.ObjectMeta.DeepCopy()
	copied.Status.Conditions = make([]metav1.Condition, len(a.Status.Conditions))
	copy(copied.Status.Conditions, a.Status.Conditions)
	return &copied
}

// DeepCopyObject lets an AppList be kept in a cache.
func (l *AppList) DeepCopyObject() runtime.Object {
	copied := *l
	copied.ListMeta = *l.ListMeta.DeepCopy()
	copied.Items = make([]App, len(l.Items))
	for i := range l.Items {
		copied.Items[i] = *l.Items[i].DeepCopyObject().(*App)
	}
	return &copied
}

// addToScheme says which Go types belong to which kinds. A check gives the group a name of its own, so that it meets
// nothing that you have in your cluster.
func addToScheme(scheme *runtime.Scheme) error {
	version := schema.GroupVersion{Group: cmp.Or(os.Getenv("GROUP"), "platform.gantry.example"), Version: "v1"}
	scheme.AddKnownTypes(version, &App{}, &AppList{})
	metav1.AddToGroupVersion(scheme, version)
	return nil
}
